import {join} from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {time} from '../../cli/cell.js';
import {IotctlCommand} from '../../cli/command.js';
import {type CertificateFiles, outFlag, requestCertificate} from '../../cli/device-certificate.js';
import {keyTenantFlag} from '../../cli/key-input.js';
import {readInput} from '../../cli/lines-in.js';
import type {Columns} from '../../cli/output.js';
import {tenantOf} from '../../cli/tenant-of.js';
import type {Context} from '../../client/contexts.js';
import {type DeviceProof, renewCertificate} from '../../client/device-renewal.js';
import {IotctlError} from '../../domain/errors.js';
import {usernameOf} from '../../domain/identity.js';
import {parseDeviceId} from '../../domain/ids.js';

interface Renewed {
  readonly device: string;
  readonly files: CertificateFiles;
  readonly notAfter: string;
}

const COLUMNS: Columns<Renewed> = {
  device: row => row.device,
  key: row => row.files.key,
  certificate: row => row.files.certificate,
  chain: row => row.files.chain,
  notAfter: row => time(row.notAfter),
};

export default class DeviceRenew extends IotctlCommand {
  static override summary =
    'Renew a certificate on the device itself: with the one that it has, or with its secret.';

  static override description =
    'No token is needed or used: the device proves who it is. The new certificate has a new key, which is made here.';

  static override examples = [
    '<%= config.bin %> device renew lamp-1 --from certificates --out renewed',
    '<%= config.bin %> device renew lamp-1 --secret-from lamp-1.secret --out renewed',
  ];

  static override args = {
    id: Args.string({required: true, description: 'the id of the device'}),
  };

  static override flags = {
    from: Flags.string({
      description:
        'the folder with the key and the chain that the device has, as --x509 made them [default: none]',
      helpValue: 'DIR',
      exactlyOne: ['from', 'secret-from'],
    }),
    'secret-from': Flags.string({
      description: 'the file with the secret of the device; - reads it from stdin [default: none]',
      helpValue: 'FILE',
    }),
    out: outFlag,
    url: Flags.string({description: 'the address of the API [default: that of the context]'}),
    ca: Flags.string({
      description:
        'the file with the authorities to trust, in PEM [default: those of the context, else of the system]',
      helpValue: 'FILE',
    }),
    tenant: keyTenantFlag,
  };

  async run(): Promise<Renewed> {
    const {args, flags} = await this.parse(DeviceRenew);
    const device = parseDeviceId(args.id);
    const address = await this.address(flags);
    const proof = await this.proof(device, flags);
    await using pending = await requestCertificate(device, flags.out);
    const signed = await renewCertificate(address, device, {csr: pending.csr, proof});
    return this.printOne({device, files: await pending.keep(signed), notAfter: signed.notAfter}, COLUMNS);
  }

  private async address(flags: {url?: string | undefined; ca?: string | undefined}) {
    const given = flags.ca === undefined ? undefined : (await readInput(flags.ca)).toString('latin1');
    if (flags.url === undefined) {
      const {url, ca}: Context & {ca?: string | undefined} = await this.context();
      return {url, ca: given ?? ca};
    }
    if (URL.canParse(flags.url) && /^https?:$/.test(new URL(flags.url).protocol))
      return {url: flags.url, ca: given};
    throw new IotctlError(
      'IOT_USAGE',
      `not the URL of an API: ${JSON.stringify(flags.url)}; write http://… or https://…`,
    );
  }

  private async proof(
    device: string,
    flags: {from?: string | undefined; 'secret-from'?: string | undefined; tenant?: string | undefined},
  ): Promise<DeviceProof> {
    const read = async (path: string): Promise<string> => (await readInput(path)).toString('utf8').trim();
    if (flags.from !== undefined) {
      const [key, chain] = ['key', 'chain'].map(name => join(flags.from!, `${device}.${name}.pem`));
      return {key: await read(key!), chain: await read(chain!)};
    }
    const secret = await read(flags['secret-from']!);
    const tenant = await tenantOf(flags.tenant, {context: () => this.context(), api: () => this.api()});
    return {username: usernameOf(device, tenant), secret};
  }
}
