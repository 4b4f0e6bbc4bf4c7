/** What is asked of devices. */
import type {CommandState} from '../../domain/command.js';

export interface CommandRow {
  id: string;
  tenant: string;
  device: string;
  name: string;
  data: string;
  state: CommandState;
  requested_by: string;
  allowed_by: string;
  device_state: string;
  created_ms: number;
  expires_ms: number;
  /** When a delivered command without a result is over. */
  result_due_ms: number | null;
  transitions: string;
  result: string | null;
  /** 1: goes to a device in maintenance too. */
  forced: number;
}
