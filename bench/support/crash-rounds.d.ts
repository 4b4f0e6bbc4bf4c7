export interface CrashResult {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly restartMsMax: number;
  readonly stored: number;
  readonly missing: number;
  readonly twice: number;
  readonly outOfOrder: number;
}

export function runCrashRounds(options: {
  rounds: number;
  devices: number;
  onRound: (line: string) => void;
}): Promise<CrashResult>;
