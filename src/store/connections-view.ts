/** `connections`, from the events about them that the asking connection sees. */
import type {DuckDBConnection} from '@duckdb/node-api';

/** A device has one connection at a time: one whose end nobody told, as the platform was killed, ended before the next. */
const CONNECTIONS = `
  WITH told AS (
    SELECT device, attributes->>'$.sessionid' AS session,
      min(recorded_time) FILTER (type = 'device.connected') AS connected_at,
      max(recorded_time) FILTER (type = 'device.disconnected') AS ended_at,
      max(body->>'$.reason') FILTER (type = 'device.disconnected') AS reason,
      max(body->>'$.remote') FILTER (type = 'device.connected') AS remote,
      max(body->>'$.protocol') FILTER (type = 'device.connected') AS protocol
    FROM events WHERE type IN ('device.connected', 'device.disconnected') GROUP BY ALL
  )
  SELECT device, session, connected_at,
    coalesce(ended_at, lead(connected_at) OVER (PARTITION BY device ORDER BY connected_at)) AS disconnected_at,
    reason, remote, protocol
  FROM told`;

/** In the question's transaction, when `events` is what the caller may see. */
export async function seeConnections(
  connection: DuckDBConnection,
  names: ReadonlySet<string>,
): Promise<void> {
  if (names.has('connections')) await connection.run(`CREATE TEMP VIEW connections AS ${CONNECTIONS}`);
}
