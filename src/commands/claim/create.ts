import * as Flags from '@oclif/core/flags';
import {CLAIM_COLUMNS} from '../../cli/claim-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import {labelFlag} from '../../cli/device-flags.js';
import {parseLabels} from '../../cli/labels.js';
import {sayQrCode} from '../../cli/qr-code.js';
import {sayShownOnce} from '../../cli/secret-file.js';
import {onTerminal, onTerminalErr} from '../../cli/stdout.js';
import {durationFlag} from '../../cli/time-flags.js';
import type {CreatedClaim} from '../../client/claim-api.js';

export default class ClaimCreate extends IotctlCommand {
  static override summary =
    'Make a code with which one device gets its first credential, once, and print it.';

  static override description =
    'The device sends the code to POST /v1/provision/claim, with a request for a certificate (csr), or without one for a ' +
    'secret. `uri`, which the QR code says, names the platform, the fingerprint of its certificate, and the code.';

  static override examples = [
    '<%= config.bin %> claim create --model thermostat --label site=oslo',
    '<%= config.bin %> claim create --device pump-7 --ttl 1h --approval',
    `curl -s http://127.0.0.1:8080/v1/provision/claim -H 'content-type: application/json' -d '{"code":"XXXX-XXXX-XXC","serial":"A4711","nonce":"a-random-text-of-16"}'`,
  ];

  static override flags = {
    model: Flags.string({description: 'the model that the device will be of [default: none]'}),
    device: Flags.string({
      description:
        'only for this device, one that is there or one that is to be made [default: named when it comes]',
    }),
    serial: Flags.string({description: 'only for the device with this serial number [default: any]'}),
    label: labelFlag,
    ttl: durationFlag({description: 'how long the code works, 1m to 24h [default: 15m]'}),
    approval: Flags.boolean({description: 'a second person has to agree, with `claim approve`'}),
    qr: Flags.boolean({
      description: 'draw `uri` as a QR code, on stderr [default: on a terminal, below a table]',
      allowNo: true,
    }),
  };

  async run(): Promise<CreatedClaim> {
    const {flags} = await this.parse(ClaimCreate);
    const {model, device, serial, label, ttl: ttlMs, approval} = flags;
    const api = await this.api();
    const claim = await api.claims.create({
      ...(model === undefined ? {} : {model}),
      ...(device === undefined ? {} : {device}),
      ...(serial === undefined ? {} : {serial}),
      ...(label === undefined ? {} : {labels: parseLabels(label)}),
      ...(ttlMs === undefined ? {} : {ttlSec: Math.round(ttlMs / 1000)}),
      ...(approval ? {approval} : {}),
    });
    await this.printOne(claim, {...CLAIM_COLUMNS, code: row => row.code, uri: row => row.uri});
    if (flags.qr ?? this.isLookedAt()) await sayQrCode(claim.uri);
    if (!this.quiet) sayShownOnce('The code');
    return claim;
  }

  private isLookedAt(): boolean {
    return this.format === 'table' && !this.quiet && onTerminal() && onTerminalErr();
  }
}
