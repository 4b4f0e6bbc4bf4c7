/** A command that ends with the report of a run. */
import type {Comparison} from '../../sim/measure/comparison.js';
import type {RunReport} from '../../sim/measure/run-report.js';
import {IotctlCommand} from '../command.js';
import {stringify} from '../output.js';
import {say, writeOut} from '../stdout.js';
import type {OutcomePrinter} from './run-outcome.js';

export abstract class ReportCommand extends IotctlCommand {
  /** How the report reaches stdout: as a summary for people, or as itself. */
  protected readonly printer: OutcomePrinter = {
    report: async report => writeOut(await this.reportText(report)),
    comparison: async comparison => {
      const text = await this.comparisonText(comparison);
      // One document on stdout: with the formats for programs, the comparison is said.
      if (this.format === 'table' && !this.quiet) await writeOut(`\n${text}`);
      else say(text.trimEnd());
    },
  };

  private async reportText(report: RunReport): Promise<string> {
    if (this.quiet) return `${report.id}\n`;
    switch (this.format) {
      case 'json':
        return `${stringify(report, 2)}\n`;
      case 'ndjson':
        return `${stringify(report)}\n`;
      case 'csv':
        return (await import('./report-files.js')).reportCsv(report);
      default:
        return (await import('./report-text.js')).reportText(report, await this.look());
    }
  }

  private async comparisonText(comparison: Comparison): Promise<string> {
    const {comparisonText} = await import('./comparison-columns.js');
    return comparisonText(comparison, await this.look());
  }
}
