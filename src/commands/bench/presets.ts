import {IotctlCommand} from '../../cli/command.js';
import {PRESETS, type Preset} from '../../cli/load/presets.js';
import type {Columns} from '../../cli/output.js';

const COLUMNS: Columns<Preset> = {
  name: preset => preset.name,
  protocol: preset => (preset.protocolVersion === 5 ? 'MQTT 5' : 'MQTT 3.1.1'),
  what: preset => preset.what,
};

export default class BenchPresets extends IotctlCommand {
  static override summary =
    'List the load tests of the Open MQTT Benchmark Suite, which `bench preset` runs.';

  static override examples = [
    '<%= config.bin %> bench presets',
    '<%= config.bin %> bench presets --output json',
  ];

  async run(): Promise<readonly Preset[]> {
    await this.parse(BenchPresets);
    return this.print(PRESETS, COLUMNS);
  }
}
