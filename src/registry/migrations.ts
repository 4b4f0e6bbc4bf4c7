/** How the registry's tables came to be. A migration that was released is never edited; new names sort after it. */
import type {MigrationProvider} from 'kysely';
import {access} from './migrations/access.js';
import {audit} from './migrations/audit.js';
import {claims} from './migrations/claims.js';
import {configurations} from './migrations/configurations.js';
import {consumers} from './migrations/consumers.js';
import {cursors} from './migrations/cursors.js';
import {enrolment} from './migrations/enrolment.js';
import {files} from './migrations/files.js';
import {first} from './migrations/first.js';
import {labels} from './migrations/labels.js';
import {lives} from './migrations/lives.js';
import {models} from './migrations/models.js';
import {outboxMark} from './migrations/outbox-mark.js';
import {retention} from './migrations/retention.js';
import {twins} from './migrations/twins.js';
import {uploadTargets} from './migrations/upload-targets.js';
import {uploads} from './migrations/uploads.js';

export const migrations: MigrationProvider = {
  getMigrations: async () => ({
    '2026-11-23-first': first,
    '2026-11-23-second-audit': audit,
    '2026-11-23-third-access': access,
    '2026-11-24-1-lives': lives,
    '2026-11-24-2-models': models,
    '2026-11-28-1-labels': labels,
    '2026-11-28-2-claims': claims,
    '2026-11-28-3-twins': twins,
    '2026-11-28-4-enrolment': enrolment,
    '2026-11-28-5-configurations': configurations,
    '2026-11-28-6-outbox-mark': outboxMark,
    '2026-11-28-7-retention': retention,
    '2026-11-28-8-uploads': uploads,
    '2026-11-29-1-files': files,
    '2026-11-29-2-cursors': cursors,
    '2026-11-29-3-upload-targets': uploadTargets,
    '2026-11-29-4-consumers': consumers,
  }),
};
