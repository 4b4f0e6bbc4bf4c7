import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {reportFlags} from '../../cli/load/report-flags.js';
import {SimCommand} from '../../cli/sim/sim-command.js';
import {SIM_DEVICE_FLAGS, SIM_WHERE_FLAGS, timesFlag} from '../../cli/sim/sim-flags.js';
import {IotctlError} from '../../domain/errors.js';
import {isEventRecording, readEventRecording} from '../../sim/device/event-recording.js';
import {singleFleet} from '../../sim/device/planned-fleets.js';
import {type Recorded, type RecordingColumns, readRecording} from '../../sim/device/recording.js';
import type {RunReport} from '../../sim/measure/run-report.js';

const MODEL = 'recording';

export default class SimReplay extends SimCommand {
  static override summary =
    'Tell again what devices told once, from a CSV or Parquet file or a recording of `tail`.';

  static override description =
    'Each value of the device column is a device; without one the file tells of a single device. Every other column is a metric. A recording of `tail` has all of that itself. Rows come at their times, or --speed times faster.';

  static override examples = [
    '<%= config.bin %> sim replay history.csv --device sensor --speed 60x',
    '<%= config.bin %> sim replay recorded.ndjson --speed 10x',
    '<%= config.bin %> sim replay history.parquet --time read_at --value temperature --shift',
  ];

  static override args = {
    file: Args.string({
      required: true,
      description: 'CSV; Parquet where its name ends so; for .ndjson, what `tail --record` wrote',
    }),
  };

  static override flags = {
    time: Flags.string({
      helpValue: '<column>',
      description:
        'when a row was: a timestamp, or Unix seconds or milliseconds [default: time, timestamp, ts or date]',
    }),
    device: Flags.string({
      helpValue: '<column>',
      description: 'whose row it is [default: all are of one device]',
    }),
    value: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: '<column>',
      description: 'what is told; may be given several times [default: all other columns]',
    }),
    speed: timesFlag({
      default: 1,
      defaultHelp: async () => '1x',
      description: 'how much faster than it was, such as 60x',
    }),
    shift: Flags.boolean({description: 'move the times, so that the last row is of now'}),
    ...SIM_DEVICE_FLAGS,
    ...SIM_WHERE_FLAGS,
    ...reportFlags,
  };

  async #read(file: string, columns: RecordingColumns): Promise<Recorded> {
    if (!isEventRecording(file)) return await readRecording(file, columns);
    if (Object.values(columns).some(column => column !== undefined))
      throw new IotctlError(
        'IOT_USAGE',
        `${file} is a recording of events: it has devices and times, but no columns for --time, --device or --value`,
      );
    return await readEventRecording(file);
  }

  async run(): Promise<RunReport> {
    const {args, flags} = await this.parse(SimReplay);
    const {time, device, value: values, speed: acceleration} = flags;
    const recorded = await this.#read(args.file, {time, device, values});
    const {startMs, lengthMs, recordings} = recorded;
    const spec = {model: MODEL, version: 1};
    return await this.simulate(
      {
        kind: 'sim replay',
        name: args.file,
        fleets: [{fleet: singleFleet(MODEL, recordings.length), spec}],
        recordings,
        seed: flags.seed ?? 1,
        time: {
          clock: {startMs: flags.shift ? null : startMs, pastMs: lengthMs, fillsPast: false, acceleration},
          durationMs: null,
          // The last row belongs to it.
          lifeMs: lengthMs + 1,
        },
        rate: null,
        load: {},
        thresholds: [],
      },
      flags,
    );
  }
}
