/** The rows that a batch of one tenant's events becomes: one of `events` each, and the `readings` of telemetry. */
import type {DuckDBConnection} from '@duckdb/node-api';
import {eventTimeMs, type StoredEvent} from '../domain/event.js';
import {parseJson, type Reading, readingsOf} from '../domain/telemetry.js';
import {Column, TableBuffer} from './columns.js';
import type {StagedReadings} from './resident/staged-readings.js';
import {mendJson} from './safe-json.js';
import {type PlacedArena, StringArena, type StringRef} from './string-arena.js';

/** Filled, appended, cleared, and filled again: its memory is used over and over. */
export class EventBatch {
  readonly #arena = new StringArena();
  /** Held here so that no garbage collection takes the block away while DuckDB reads strings from it. */
  #placed: PlacedArena | undefined;
  readonly #event = {
    offset: new Column('bigint'),
    time: new Column('timestamptz'),
    recordedTime: new Column('timestamptz'),
    device: new Column('varchar'),
    type: new Column('varchar'),
    component: new Column('varchar'),
    body: new Column('varchar'),
    raw: new Column('blob'),
    attributes: new Column('varchar'),
  };
  readonly #reading = {
    time: new Column('timestamptz'),
    device: new Column('varchar'),
    component: new Column('varchar'),
    metric: new Column('varchar'),
    value: new Column('double'),
    offset: new Column('bigint'),
  };
  readonly #events = new TableBuffer(Object.values(this.#event));
  readonly #readings = new TableBuffer(Object.values(this.#reading));

  get eventCount(): number {
    return this.#events.rows;
  }

  /** The readings go to `staged`, too. */
  add(event: StoredEvent, staged?: StagedReadings): void {
    const device = this.#arena.intern(event.device);
    const component = event.component === '' ? undefined : this.#arena.intern(event.component);
    const timeMs = eventTimeMs(event);
    const columns = this.#event;
    const row = this.#events.addRow();
    columns.offset.setInteger(row, event.offset);
    columns.time.setTime(row, timeMs);
    columns.recordedTime.setTime(row, event.recordedMs);
    columns.device.setString(row, this.#arena, device);
    columns.type.setString(row, this.#arena, this.#arena.intern(event.type));
    if (component !== undefined) columns.component.setString(row, this.#arena, component);
    if (event.attributes !== undefined) {
      const attributes = mendJson(Buffer.from(JSON.stringify(event.attributes)));
      columns.attributes.setBytes(row, this.#arena, this.#arena.add(attributes), attributes.length);
    }
    const parsed = event.contentType === 'application/json' ? parseJson(event.payload) : undefined;
    if (parsed?.ok !== true) {
      columns.raw.setBytes(row, this.#arena, this.#arena.add(event.payload), event.payload.length);
      return;
    }
    const body = mendJson(event.payload);
    columns.body.setBytes(row, this.#arena, this.#arena.add(body), body.length);
    if (event.type !== 'telemetry') return;
    const readings = readingsOf(parsed.value);
    this.#addReadings(readings, event.offset, timeMs, device, component);
    staged?.add(event, readings, timeMs);
  }

  #addReadings(
    readings: readonly Reading[],
    offset: number,
    eventMs: number,
    device: StringRef,
    component: StringRef | undefined,
  ): void {
    const columns = this.#reading;
    for (const {timeMs, metric, value} of readings) {
      const row = this.#readings.addRow();
      columns.time.setTime(row, timeMs ?? eventMs);
      columns.device.setString(row, this.#arena, device);
      if (component !== undefined) columns.component.setString(row, this.#arena, component);
      columns.metric.setString(row, this.#arena, this.#arena.intern(metric));
      columns.value.setDouble(row, value);
      columns.offset.setInteger(row, offset);
    }
  }

  /** Appends both tables' rows within the connection's transaction. Can be done once for each filling. */
  async appendTo(connection: DuckDBConnection): Promise<void> {
    this.#placed = this.#arena.place();
    for (const [table, rows] of [
      ['events', this.#events],
      ['readings', this.#readings],
    ] as const) {
      const appender = await connection.createAppender(table);
      rows.appendTo(appender, this.#placed);
      appender.closeSync();
    }
  }

  clear(): void {
    this.#placed = undefined;
    this.#arena.clear();
    this.#events.clear();
    this.#readings.clear();
  }
}
