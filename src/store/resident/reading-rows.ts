/** Readings in the order in which they came: columns that grow. */
export class ReadingRows {
  count = 0;
  series: Int32Array;
  /** Unix microseconds, as DuckDB has them. */
  timesUs: Float64Array;
  values: Float64Array;

  constructor(capacity: number) {
    this.series = new Int32Array(capacity);
    this.timesUs = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
  }

  add(series: number, timeUs: number, value: number): void {
    if (this.count === this.series.length) this.#grow();
    this.series[this.count] = series;
    this.timesUs[this.count] = timeUs;
    this.values[this.count++] = value;
  }

  #grow(): void {
    const capacity = Math.max(16, this.series.length * 2);
    const {series, timesUs, values} = this;
    this.series = new Int32Array(capacity);
    this.timesUs = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
    this.series.set(series);
    this.timesUs.set(timesUs);
    this.values.set(values);
  }
}
