import {resolve} from 'node:path';
import {IotctlCommand} from '../cli/command.js';
import {type Check, failed, ok, warning} from '../cli/doctor/check.js';
import {checkDisk, checkFileLimit, checkVersions} from '../cli/doctor/machine.js';
import {checkPort, PORTS} from '../cli/doctor/ports.js';
import {type Columns, renderRows} from '../cli/output.js';
import {type SettingSource, settingSources} from '../cli/settings.js';
import {writeOut} from '../cli/stdout.js';
import {IotctlError} from '../domain/errors.js';
import type {PlatformStatus} from '../domain/status.js';

/** Keys of JSON as printed by `iotctl doctor -o json`. */
interface Diagnosis {
  readonly checks: readonly Check[];
  /** Every setting that is not a default, the strongest first. */
  readonly settings: readonly SettingSource[];
}

const TONES = {ok: 'good', warning: 'warning', failed: 'bad'} as const;

const CHECK_COLUMNS: Columns<Check> = {
  name: check => check.name,
  state: check => ({value: check.state, tone: TONES[check.state]}),
  detail: check => check.detail,
};

const SETTING_COLUMNS: Columns<SettingSource> = {
  setting: setting => setting.name,
  value: setting => setting.value,
  source: setting => setting.source,
};

export default class Doctor extends IotctlCommand {
  static override summary = 'Check this machine, the settings, and the platform of the current context.';

  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --output json'];

  async run(): Promise<Diagnosis> {
    await this.parse(Doctor);
    const platform = await this.platform();
    const ports = await Promise.all(
      Object.entries(PORTS).map(([name, port]) => checkPort(name, port, platform.status?.pid)),
    );
    const folder = platform.status?.dataFolder ?? resolve('.iotctl');
    const checks = [
      ...checkVersions(this.config.root),
      ...ports,
      checkFileLimit(),
      await checkDisk(folder),
      ...platform.checks,
    ];
    const diagnosis = {checks, settings: await settingSources()};
    await this.printDiagnosis(diagnosis);
    const faults = checks.filter(check => check.state === 'failed').map(check => check.name);
    if (faults.length > 0) throw new IotctlError('IOT_THRESHOLD_MISSED', `failed: ${faults.join(', ')}`);
    return diagnosis;
  }

  /** No context at all is how every machine begins; a context whose platform does not answer is a fault. */
  private async platform(): Promise<{checks: Check[]; status?: PlatformStatus}> {
    try {
      const {name, url} = await this.context();
      const status = await (await this.api()).status();
      const context = ok('context', `${name}, ${url}`);
      return {checks: [context, this.sameVersion(status), healthy(status)], status};
    } catch (error) {
      if (!(error instanceof IotctlError)) throw error;
      const check = error.code === 'IOT_CONTEXT_MISSING' ? warning : failed;
      return {checks: [check('platform', `${error.message}. ${error.hint}`)]};
    }
  }

  private sameVersion(status: PlatformStatus): Check {
    if (status.version === this.config.version) return ok('platform version', status.version);
    return failed('platform version', `${status.version}, and this is ${this.config.version}`);
  }

  private async printDiagnosis(diagnosis: Diagnosis): Promise<void> {
    if (this.format !== 'table' || this.quiet) {
      if (this.format === 'json' && !this.quiet) await this.printOne(diagnosis, {});
      else await this.print(diagnosis.checks, CHECK_COLUMNS);
      return;
    }
    const look = await this.look();
    await writeOut(renderRows(diagnosis.checks, CHECK_COLUMNS, 'table', look));
    if (diagnosis.settings.length === 0) return;
    await writeOut(`\n${renderRows(diagnosis.settings, SETTING_COLUMNS, 'table', look)}`);
  }
}

const healthy = (status: PlatformStatus): Check =>
  status.state === 'ok' ? ok('platform', 'healthy') : failed('platform', status.problems.join('; '));
