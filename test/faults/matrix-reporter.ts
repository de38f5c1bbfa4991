/** Prints the findings of the campaign by fault and browser. With `MATRIX_README=1` they replace the table in README.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import type { Finding } from './campaign.js';

const README = fileURLToPath(new URL('./README.md', import.meta.url));
const [BEGIN, END] = ['<!-- matrix: begin -->', '<!-- matrix: end -->'];

type Line = Omit<Finding, 'resent' | 'requests' | 'seconds'> & { browsers: Map<string, Finding & { passed: boolean }> };

export default class MatrixReporter implements Reporter {
  readonly #lines = new Map<string, Line>();

  onTestEnd(test: TestCase, result: TestResult): void {
    const browser = test.parent.project()?.name ?? '';
    for (const { type, description } of result.annotations) {
      if (type !== 'matrix' || description === undefined) continue;
      const finding = JSON.parse(description) as Finding;
      const { group, fault, stage } = finding;
      const id = JSON.stringify([group, fault, stage]);
      const line = this.#lines.get(id) ?? { ...finding, browsers: new Map() };
      line.browsers.set(browser, { ...finding, passed: result.status === 'passed' });
      this.#lines.set(id, line);
    }
  }

  onEnd(_result: FullResult): void {
    if (this.#lines.size === 0) return;
    const table = this.#table();
    console.log(`\n${table}\n`);
    if (!process.env.MATRIX_README) return;
    const readme = readFileSync(README, 'utf8');
    const [before, rest] = readme.split(BEGIN);
    const after = rest?.split(END)[1];
    if (after === undefined) throw new Error(`test/faults/README.md has no ${BEGIN} … ${END}.`);
    writeFileSync(README, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
  }

  #table(): string {
    const lines = [...this.#lines.values()].sort((a, b) => a.group.localeCompare(b.group));
    const browsers = [...new Set(lines.flatMap(({ browsers }) => [...browsers.keys()]))].sort();
    const head = ['Fault', 'Stage', 'Ends', 'The user sees', ...browsers.map((name) => `${name}: re-sent KiB · requests · s`)];
    const rows: string[] = [];
    let group = '';
    for (const line of lines) {
      if (line.group !== group) {
        group = line.group;
        rows.push('', `### ${group}`, '', cells(head), cells(head.map(() => '---')));
      }
      const figures = browsers.map((name) => {
        const found = line.browsers.get(name);
        if (!found) return '–';
        const differs = found.ends === line.ends ? '' : ` (${found.ends})`;
        return `${found.passed ? '' : 'FAILED '}${(found.resent / 1024).toFixed()} · ${found.requests} · ${found.seconds.toFixed(1)}${differs}`;
      });
      const says = line.says ? `${line.sees}: “${shorten(line.says)}”` : line.sees;
      rows.push(cells([line.fault, line.stage, line.ends, says, ...figures]));
    }
    return rows.join('\n').trim();
  }
}

function cells(texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Shortens a message and removes what differs from run to run. */
function shorten(text: string): string {
  const bare = text
    .replaceAll(/ ?\(request ID [^)]*\)/g, '')
    .replaceAll(/"faults\/[^"]*"/g, '"…"')
    .replaceAll(/localhost:\d+/g, 'localhost');
  return bare.length > 150 ? `${bare.slice(0, 150)}…` : bare;
}
