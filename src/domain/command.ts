/** The life of a command. `delivered` means the device's PUBACK for that packet, never "written to a socket". */
export const COMMAND_STATES = [
  'requested',
  'queued',
  'sent',
  'delivered',
  'acknowledged',
  'running',
  'succeeded',
  'failed',
  'rejected',
  'expired',
  'timed_out',
  'cancelled',
] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

/** Which state may follow which. A device may skip `acknowledged` and `running`; no final state is ever left. */
export const COMMAND_TRANSITIONS: Readonly<Record<CommandState, readonly CommandState[]>> = {
  requested: ['queued', 'sent', 'cancelled', 'expired'],
  queued: ['sent', 'cancelled', 'expired'],
  // A connection that ends before the PUBACK puts the command back in the queue.
  sent: [
    'queued',
    'delivered',
    'acknowledged',
    'running',
    'succeeded',
    'failed',
    'rejected',
    'expired',
    'cancelled',
  ],
  delivered: ['acknowledged', 'running', 'succeeded', 'failed', 'rejected', 'timed_out', 'cancelled'],
  acknowledged: ['running', 'succeeded', 'failed', 'rejected', 'timed_out', 'cancelled'],
  running: ['succeeded', 'failed', 'rejected', 'timed_out', 'cancelled'],
  succeeded: [],
  failed: [],
  rejected: [],
  expired: [],
  timed_out: [],
  cancelled: [],
};

export const isFinal = (state: CommandState): boolean => COMMAND_TRANSITIONS[state].length === 0;

export const mayFollow = (from: CommandState, to: CommandState): boolean =>
  COMMAND_TRANSITIONS[from].includes(to);

export interface CommandTransition {
  readonly state: CommandState;
  /** RFC 3339 in UTC. */
  readonly at: string;
  readonly detail?: string;
}

/** Keys of JSON as printed by `iotctl cmd send -o json`. */
export interface Command {
  /** UUIDv7. */
  readonly id: string;
  readonly tenant: string;
  readonly device: string;
  readonly name: string;
  readonly data: unknown;
  readonly state: CommandState;
  readonly requestedBy: string;
  /** Which permission allowed it. */
  readonly allowedBy: string;
  /** What the device's state was when it was asked for. */
  readonly deviceState: {
    readonly lifecycle: string;
    readonly adminState: string;
    readonly connectivity: string;
  };
  /** Goes to a device in maintenance too. */
  readonly forced: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly transitions: readonly CommandTransition[];
  /** What the device answered, when it did. */
  readonly result: unknown;
}
