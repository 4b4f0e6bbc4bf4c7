import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../../cli/command.js';
import {labelFlag} from '../../../cli/device-flags.js';
import {ENROLMENT_GROUP_COLUMNS} from '../../../cli/enrolment-columns.js';
import {parseLabels} from '../../../cli/labels.js';
import {reserveSecretFile, sayShownOnce, secretFileFlag} from '../../../cli/secret-file.js';
import type {CreatedGroup} from '../../../client/enrolment-api.js';
import {ENROLMENT_APPROVALS, REPROVISION_POLICIES} from '../../../domain/enrolment.js';
import {IotctlError} from '../../../domain/errors.js';

export default class EnrollGroupCreate extends IotctlCommand {
  static override summary = 'Make a group through which devices register themselves, with a key or a CA.';

  static override description =
    'With --key each device gets a key of its own, derived from that of the group with `enroll group derive`; the group’s key ' +
    'stays with whoever makes the devices. With --ca its devices have certificates of that authority, which from then on ' +
    'let them register, and not log in. A webhook is sent JSON with {id, tenant, group, registrationId, serial, …}, signed in the ' +
    'header `iotctl-signature: t=SECONDS,v1=HEX` with HMAC-SHA-256 of "SECONDS.BODY" under the base64-decoded webhook key; it answers 200 with ' +
    '{"allow":true} or {"allow":false,"reason":"…"}. Without an answer nobody gets in.';

  static override examples = [
    '<%= config.bin %> enroll group create line-7 --key --model pump --secret-file line-7.key',
    '<%= config.bin %> enroll group create fleet --ca 0190a0f2-7c1e-7000-8000-000000000000 --approval person',
    '<%= config.bin %> enroll group create shop --key --approval webhook --webhook https://example.com/enrol',
  ];

  static override args = {
    name: Args.string({required: true, description: 'the name of the group'}),
  };

  static override flags = {
    key: Flags.boolean({description: 'its devices have keys that are derived from one of the group'}),
    ca: Flags.string({
      description: 'its devices have certificates of this authority: an id that `ca list` prints',
      helpValue: 'ID',
    }),
    model: Flags.string({description: 'the model of its devices [default: none]'}),
    label: labelFlag,
    approval: Flags.option({
      options: ENROLMENT_APPROVALS,
      default: 'none' as const,
      description: 'who has to agree before a device gets anything',
    })(),
    webhook: Flags.string({description: 'what is asked, with --approval webhook', helpValue: 'URL'}),
    'allow-private': Flags.boolean({
      description: 'the webhook may be in a private network, and be called over http',
    }),
    reprovision: Flags.option({
      options: REPROVISION_POLICIES,
      default: 'keep-twin' as const,
      description: 'what follows when a device registers again after it used what it got',
    })(),
    'secret-file': secretFileFlag,
  };

  async run(): Promise<CreatedGroup> {
    const {args, flags} = await this.parse(EnrollGroupCreate);
    const {model, label, approval, webhook, reprovision, ca: authority} = flags;
    if (flags.key === (authority !== undefined))
      throw new IotctlError('IOT_USAGE', 'what do its devices show? Give either --key or --ca');
    if (authority !== undefined && flags['secret-file'] !== undefined)
      throw new IotctlError('IOT_USAGE', '--secret-file is for the key of a group that has one');
    const api = await this.api();
    const path = flags['secret-file'];
    await using file = path === undefined ? undefined : await reserveSecretFile(path);
    const {key, ...created} = await api.enrolment.create({
      name: args.name,
      approval,
      reprovision,
      ...(authority === undefined ? {} : {authority}),
      ...(model === undefined ? {} : {model}),
      ...(label === undefined ? {} : {labels: parseLabels(label)}),
      ...(webhook === undefined ? {} : {webhook}),
      ...(flags['allow-private'] ? {allowPrivate: true} : {}),
    });
    if (file && key !== undefined) await file.write(key);
    const shown: CreatedGroup = file || key === undefined ? created : {...created, key};
    await this.printOne(shown, {
      ...ENROLMENT_GROUP_COLUMNS,
      ...(shown.key === undefined ? {} : {key: row => row.key}),
      ...(shown.webhookKey === undefined ? {} : {webhookKey: row => row.webhookKey}),
    });
    if (!this.quiet && (shown.key !== undefined || shown.webhookKey !== undefined)) sayShownOnce('The key');
    return shown;
  }
}
