/** The flags of every command that ends with a report: what is asked of the run, and what becomes of the report. */
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../../domain/errors.js';

/** A percentage such as `10%`; its value is 10. */
const percentFlag = Flags.custom<number>({
  parse: async text => {
    const [, number] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text) ?? [];
    if (number === undefined)
      throw new IotctlError('IOT_USAGE', `not a percentage: ${JSON.stringify(text)}; write 10%`);
    return Number(number);
  },
  helpValue: 'PERCENT',
});

export interface Listening {
  readonly host: string;
  readonly port: number;
}

/** `9100`, `0.0.0.0:9100` or `[::1]:9100`. */
const listenFlag = Flags.custom<Listening>({
  parse: async text => {
    const [, bracketed, host, port] = /^(?:\[([^\]]+)\]:|([^:]+):)?(\d{1,5})$/.exec(text) ?? [];
    if (port === undefined || Number(port) > 65_535)
      throw new IotctlError('IOT_USAGE', `not a port or HOST:PORT: ${JSON.stringify(text)}`);
    return {host: bracketed ?? host ?? '127.0.0.1', port: Number(port)};
  },
  helpValue: '[HOST:]PORT',
});

export const maxRegressionFlag = percentFlag({
  description: 'by how much a number may be worse than in the baseline',
});

export const summaryFlag = Flags.string({
  multiple: true,
  multipleNonGreedy: true,
  description: 'write the report to this file too, as json, junit, md or csv; may be given several times',
  helpValue: 'FORMAT:FILE',
});

export const reportFlags = {
  threshold: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description:
      "what has to hold, such as 'e2e.p99<50ms' or lost==0; may be given several times; exit code 9 when one does not",
    helpValue: 'METRIC<VALUE',
  }),
  'abort-on-fail': Flags.boolean({
    description: 'end the run as soon as a threshold is beyond hope',
    dependsOn: ['threshold'],
  }),
  summary: summaryFlag,
  baseline: Flags.string({
    description:
      'compare with this earlier run: a file of --summary json, or a kept run; exit code 9 when worse',
    helpValue: 'RUN',
  }),
  'max-regression': percentFlag({
    default: 10,
    defaultHelp: async () => '10%',
    description: 'by how much a number may be worse than in the baseline',
  }),
  prometheus: listenFlag({
    description:
      'serve metrics for Prometheus at this address while the run goes on [default host: 127.0.0.1]',
  }),
  name: Flags.string({description: 'what to call this run in lists and reports'}),
  'no-keep-run': Flags.boolean({description: 'do not keep the report among those of `bench list`'}),
};

export interface ReportFlags {
  readonly threshold?: readonly string[] | undefined;
  readonly summary?: readonly string[] | undefined;
  readonly baseline?: string | undefined;
  readonly 'max-regression'?: number | undefined;
  readonly 'no-keep-run'?: boolean | undefined;
}
