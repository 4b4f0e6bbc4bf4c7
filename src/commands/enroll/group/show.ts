import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import {ENROLMENT_GROUP_COLUMNS} from '../../../cli/enrolment-columns.js';
import type {EnrolmentGroup} from '../../../domain/enrolment.js';

export default class EnrollGroupShow extends IotctlCommand {
  static override summary = 'Show an enrolment group; never its key.';

  static override examples = ['<%= config.bin %> enroll group show line-7'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the group'}),
  };

  async run(): Promise<EnrolmentGroup> {
    const {args} = await this.parse(EnrollGroupShow);
    const api = await this.api();
    return this.printOne(await api.enrolment.group(args.name), ENROLMENT_GROUP_COLUMNS);
  }
}
