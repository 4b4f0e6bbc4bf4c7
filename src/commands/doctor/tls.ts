import {rootCertificates} from 'node:tls';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {type Check, failed, ok} from '../../cli/doctor/check.js';
import {checkDevice} from '../../cli/doctor/device-certificate.js';
import {readInput} from '../../cli/lines-in.js';
import type {Columns} from '../../cli/output.js';
import type {Context} from '../../client/contexts.js';
import {presentedChain, speaksTls} from '../../client/trust.js';
import {IotctlError} from '../../domain/errors.js';
import {diagnoseServerCertificate} from '../../pki/diagnose.js';

const TONES = {ok: 'good', warning: 'warning', failed: 'bad'} as const;

const COLUMNS: Columns<Check> = {
  name: check => check.name,
  state: check => ({value: check.state, tone: TONES[check.state]}),
  detail: check => check.detail,
};

export default class DoctorTls extends IotctlCommand {
  static override summary =
    'Check the certificate of a server, and of a device: which check fails, and why. Exit code 9 when one does.';

  static override examples = [
    '<%= config.bin %> doctor tls https://127.0.0.1:8443 --ca .iotctl/tls/ca.crt',
    '<%= config.bin %> doctor tls mqtts://iot.example.com:8883 --output json',
    '<%= config.bin %> doctor tls --cert lamp-1.chain.pem --device lamp-1',
  ];

  static override args = {
    url: Args.string({description: 'https://, mqtts:// or wss:// [default: that of the context]'}),
  };

  static override flags = {
    ca: Flags.string({
      description: 'PEM file of the authorities to trust [default: those of the context, else of the system]',
    }),
    cert: Flags.string({
      description: 'PEM file of a device’s certificate, to check as the platform does [default: none]',
    }),
    device: Flags.string({
      description: 'whose the certificate ought to be [default: any device’s]',
      dependsOn: ['cert'],
    }),
  };

  async run(): Promise<readonly Check[]> {
    const {args, flags} = await this.parse(DoctorTls);
    const context = await this.knownContext();
    const url = args.url ?? (flags.cert === undefined ? requireUrl(context) : urlOf(context));
    const checks = [
      ...(url === undefined ? [] : await this.checkServer(url, context, flags.ca)),
      ...(flags.cert === undefined ? [] : [await this.checkCertificate(flags.cert, flags.device)]),
    ];
    await this.print(checks, COLUMNS);
    const faults = checks.filter(({state}) => state === 'failed').map(({name}) => name);
    if (faults.length > 0) throw new IotctlError('IOT_THRESHOLD_MISSED', `failed: ${faults.join(', ')}`);
    return checks;
  }

  private async checkServer(url: string, context: Context | undefined, caFile?: string): Promise<Check[]> {
    if (!speaksTls(url)) throw new IotctlError('IOT_USAGE', `not a URL with TLS: ${JSON.stringify(url)}`);
    const ca = caFile === undefined ? context?.ca : (await readInput(caFile)).toString('latin1');
    const chain = await presentedChain(url).catch((error: Error) => {
      throw new IotctlError('IOT_PLATFORM_UNREACHABLE', `no TLS handshake with ${url}: ${error.message}`, {
        cause: error,
      });
    });
    const pinned = caFile === undefined ? context?.fingerprint : undefined;
    const found = chain.find(({fingerprint256}) => fingerprint256 === pinned);
    const trustedPem =
      pinned === undefined ? (ca === undefined ? rootCertificates : [ca]) : found ? [found.toString()] : [];
    const findings = diagnoseServerCertificate({
      certificatesDer: chain.map(({raw}) => raw),
      expectedHost: new URL(url).hostname.replaceAll(/^\[|\]$/g, ''),
      trustedPem,
      nowMs: Date.now(),
    });
    const pin =
      pinned === undefined
        ? []
        : [
            found
              ? ok('fingerprint', pinned)
              : failed('fingerprint', `none of the server’s certificates is ${pinned}`),
          ];
    return [...findings.map(({name, ok: holds, detail}) => (holds ? ok : failed)(name, detail)), ...pin];
  }

  private async checkCertificate(file: string, device: string | undefined): Promise<Check> {
    const api = await this.api();
    const [{items: authorities}, {tenant}, revocationList] = await Promise.all([
      api.authorities.list(),
      api.access.me(),
      api.authorities.revocationList(),
    ]);
    const certificatePem = (await readInput(file)).toString('latin1');
    return checkDevice({certificatePem, tenant, device, authorities, revocationList, nowMs: Date.now()});
  }

  private async knownContext(): Promise<Context | undefined> {
    try {
      return await this.context();
    } catch (error) {
      if (error instanceof IotctlError && error.code === 'IOT_CONTEXT_MISSING') return undefined;
      throw error;
    }
  }
}

const urlOf = (context: Context | undefined): string | undefined =>
  [context?.url, context?.mqttUrl, context?.wsUrl].find(url => url !== undefined && speaksTls(url));

function requireUrl(context: Context | undefined): string {
  const url = urlOf(context);
  if (url === undefined)
    throw new IotctlError(
      'IOT_USAGE',
      'the context has no address with TLS: name one, such as https://127.0.0.1:8443',
    );
  return url;
}
