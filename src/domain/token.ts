/** A token as the API shows it; the secret itself is only ever in the answer that made it. */
export interface Token {
  readonly name: string;
  readonly tenant: string;
  /** `admin` may use the whole API; `service` is an MQTT credential for an application. */
  readonly kind: 'admin' | 'service';
  readonly topics: readonly string[];
  readonly readTelemetry: boolean;
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

export interface CreatedToken extends Token {
  /** MQTT user name, `{name}@{tenant}`. */
  readonly username: string;
  readonly secret: string;
}
