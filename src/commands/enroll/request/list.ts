import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../../cli/command.js';
import {ENROLMENT_REQUEST_COLUMNS} from '../../../cli/enrolment-columns.js';
import {ENROLMENT_REQUEST_STATES, type EnrolmentRequest} from '../../../domain/enrolment.js';

const LIMIT_DEFAULT = 100;

export default class EnrollRequestList extends IotctlCommand {
  static override summary = 'List who came through enrolment groups: who waits, who got in, who was denied.';

  static override examples = ['<%= config.bin %> enroll request list --state waiting'];

  static override flags = {
    group: Flags.string({description: 'only of this group [default: all]'}),
    state: Flags.option({
      options: ENROLMENT_REQUEST_STATES,
      description: 'only in this state [default: all]',
    })(),
    limit: Flags.integer({min: 1, default: LIMIT_DEFAULT, description: 'how many at most'}),
  };

  async run(): Promise<readonly EnrolmentRequest[]> {
    const {flags} = await this.parse(EnrollRequestList);
    const {group, state, limit} = flags;
    const api = await this.api();
    const requests: EnrolmentRequest[] = [];
    for await (const request of api.enrolment.requests({group, state}, limit)) requests.push(request);
    return this.print(requests, ENROLMENT_REQUEST_COLUMNS);
  }
}
