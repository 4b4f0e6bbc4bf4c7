import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import {ENROLMENT_REQUEST_COLUMNS} from '../../../cli/enrolment-columns.js';
import type {EnrolmentRequest} from '../../../domain/enrolment.js';

export default class EnrollRequestApprove extends IotctlCommand {
  static override summary =
    'Let a device in that waits, or was denied; it gets its credential when it asks again.';

  static override examples = ['<%= config.bin %> enroll request approve line-7 pump-12'];

  static override args = {
    group: Args.string({required: true, description: 'the name of the group'}),
    id: Args.string({required: true, description: 'the registration id that `enroll request list` prints'}),
  };

  async run(): Promise<EnrolmentRequest> {
    const {args} = await this.parse(EnrollRequestApprove);
    const api = await this.api();
    return this.printOne(await api.enrolment.approve(args.group, args.id), ENROLMENT_REQUEST_COLUMNS);
  }
}
