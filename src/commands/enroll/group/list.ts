import {IotctlCommand} from '../../../cli/command.js';
import {ENROLMENT_GROUP_COLUMNS} from '../../../cli/enrolment-columns.js';
import type {EnrolmentGroup} from '../../../domain/enrolment.js';

export default class EnrollGroupList extends IotctlCommand {
  static override summary = 'List enrolment groups: how many registered through each, and how many wait.';

  static override examples = ['<%= config.bin %> enroll group list'];

  async run(): Promise<readonly EnrolmentGroup[]> {
    await this.parse(EnrollGroupList);
    const api = await this.api();
    const {items} = await api.enrolment.groups();
    return this.print(items, ENROLMENT_GROUP_COLUMNS);
  }
}
