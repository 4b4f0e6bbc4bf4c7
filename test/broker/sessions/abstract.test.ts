/** aedes-persistence's own conformance suite, run against the store on LMDB. */
import assert from 'node:assert';
import {mkdtempSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, describe, it} from 'vitest';
import {
  openSessionPersistence,
  type SessionPersistence,
} from '../../../src/broker/sessions/session-persistence.js';

/** The part of node:test's context that the suite uses. */
interface SuiteContext {
  plan(count: number): void;
  diagnostic(message: string): void;
  readonly assert: Record<string, (...values: unknown[]) => void>;
}

interface SuiteOptions {
  test(name: string, run: (context: SuiteContext) => Promise<void>): void;
  persistence(): SessionPersistence;
  readonly testAsync: boolean;
}

const require = createRequire(import.meta.url);
const abstractSuite = require('aedes-persistence/abstract.js') as (options: SuiteOptions) => void;

/** Counts assertions, because the suite plans how many each test makes. */
function suiteContext(): SuiteContext & {verify(): void} {
  let planned: number | undefined;
  let made = 0;
  const counted =
    (check: (...values: never[]) => void) =>
    (...values: unknown[]) => {
      made++;
      check(...(values as never[]));
    };
  return {
    plan: count => {
      planned = count;
    },
    diagnostic: () => undefined,
    assert: {
      ok: counted(assert.ok),
      equal: counted(assert.equal),
      notEqual: counted(assert.notEqual),
      deepEqual: counted(assert.deepEqual),
    },
    verify: () => {
      if (planned !== undefined) assert.equal(made, planned, 'as many assertions as planned');
    },
  };
}

describe('the abstract suite of aedes-persistence', () => {
  const folders: string[] = [];

  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, {recursive: true, force: true});
  });

  abstractSuite({
    test: (name, run) => {
      it(name, async () => {
        const context = suiteContext();
        await run(context);
        context.verify();
      });
    },
    persistence: () => {
      const folder = mkdtempSync(join(tmpdir(), 'iotctl-sessions-'));
      folders.push(folder);
      return openSessionPersistence(folder);
    },
    testAsync: true,
  });
});
