/** The bytes of one connection, over TCP, TLS or WebSocket. */

export interface Link {
  /** Takes the bytes; they must not change as long as `writableLength` is not 0. */
  write(bytes: Buffer): unknown;
  /** Bytes that the kernel has not taken yet. */
  readonly writableLength: number;
  /** Reads no more, so that TCP slows the peer down. */
  pause(): unknown;
  resume(): unknown;
  /** Closes when everything is written. */
  end(): unknown;
  destroy(): unknown;
  setNoDelay?(on: boolean): unknown;
}

/** Hears of a link. Each call names it, as a listener may have opened another one since. */
export interface LinkListener {
  linkOpened(link: Link, phase: 'tcp' | 'tls'): void;
  /** Bytes can be sent. */
  linkReady(link: Link): void;
  /** Bytes from 0 to `end`, valid during the call only. */
  linkReceived(link: Link, bytes: Buffer, end: number): void;
  /** The kernel took everything that waited. */
  linkDrained(link: Link): void;
  /** `reason` is that of `MqttClientHandler.lost`. */
  linkClosed(link: Link, reason: string): void;
}
