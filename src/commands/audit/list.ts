import * as Flags from '@oclif/core/flags';
import {AUDIT_COLUMNS} from '../../cli/audit-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import {ofPlatform, platformLogFlag} from '../../cli/platform-flags.js';
import {timeFlag} from '../../cli/time-flags.js';
import type {AuditRecord} from '../../domain/audit.js';

const LIMIT_DEFAULT = 100;

export default class AuditList extends IotctlCommand {
  static override summary = 'List who did what, with which outcome, the newest first.';

  static override examples = [
    '<%= config.bin %> audit list --since 24h',
    '<%= config.bin %> audit list --outcome denied --actor alice --output ndjson',
  ];

  static override flags = {
    since: timeFlag({description: 'only since then: RFC 3339, 15m, now-2h or yesterday [default: ever]'}),
    until: timeFlag({description: 'only until then: RFC 3339, 15m, now-2h or yesterday [default: now]'}),
    actor: Flags.string({description: 'only what this user, token or device did [default: all]'}),
    action: Flags.string({description: 'only this action, such as device:retire or login [default: all]'}),
    target: Flags.string({description: 'only what was done to this, such as device/lamp-1 [default: all]'}),
    outcome: Flags.option({
      options: ['allowed', 'denied', 'error'] as const,
      description: 'only with this outcome [default: all]',
    })(),
    limit: Flags.integer({min: 1, default: LIMIT_DEFAULT, description: 'how many records at most'}),
    platform: platformLogFlag,
  };

  async run(): Promise<readonly AuditRecord[]> {
    const {flags} = await this.parse(AuditList);
    const {since, until, actor, action, target, outcome, limit} = flags;
    const api = await this.api();
    const query = {since, until, actor, action, target, outcome, ...ofPlatform(flags)};
    const records: AuditRecord[] = [];
    for await (const record of api.audit.all(query, limit)) records.push(record);
    return this.print(records, AUDIT_COLUMNS);
  }
}
