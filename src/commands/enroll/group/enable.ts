import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import {ENROLMENT_GROUP_COLUMNS} from '../../../cli/enrolment-columns.js';
import type {EnrolmentGroup} from '../../../domain/enrolment.js';

export default class EnrollGroupEnable extends IotctlCommand {
  static override summary = 'Let devices register through a group again.';

  static override examples = ['<%= config.bin %> enroll group enable line-7'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the group'}),
  };

  async run(): Promise<EnrolmentGroup> {
    const {args} = await this.parse(EnrollGroupEnable);
    const api = await this.api();
    return this.printOne(await api.enrolment.setState(args.name, 'enable'), ENROLMENT_GROUP_COLUMNS);
  }
}
