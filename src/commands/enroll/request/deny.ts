import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../../cli/command.js';
import {ENROLMENT_REQUEST_COLUMNS} from '../../../cli/enrolment-columns.js';
import type {EnrolmentRequest} from '../../../domain/enrolment.js';

export default class EnrollRequestDeny extends IotctlCommand {
  static override summary =
    'Never let a device register, through any group, also one that has not asked yet.';

  static override description =
    'What it has got already goes on working: `device disable` or `device retire` ends that.';

  static override examples = [
    `<%= config.bin %> enroll request deny line-7 pump-12 --reason 'stolen from the warehouse'`,
  ];

  static override args = {
    group: Args.string({required: true, description: 'the name of the group'}),
    id: Args.string({required: true, description: 'the registration id of the device'}),
  };

  static override flags = {
    reason: Flags.string({description: 'why; kept, and shown [default: none]'}),
  };

  async run(): Promise<EnrolmentRequest> {
    const {args, flags} = await this.parse(EnrollRequestDeny);
    const api = await this.api();
    const request = await api.enrolment.deny(args.group, args.id, flags.reason);
    return this.printOne(request, ENROLMENT_REQUEST_COLUMNS);
  }
}
