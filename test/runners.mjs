/** Runs each kind of check, and counts its tests from the runner's report. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT, runCommand } from './run-command.mjs';

/** @typedef {import('./run-command.mjs').Output} Output */
/** @typedef {{ passed: number, failed: number, skipped: number, notes: string[] }} Tally */

const reports = mkdtempSync(join(tmpdir(), 'oss-resumable-reports-'));

export function removeReports() {
  rmSync(reports, { recursive: true, force: true });
}

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Colours in Playwright's messages. */
const COLOUR = /\u001B\[\d+m/g;

/**
 * A line of the summary about one test, with the first line of its message: in a long log, only the end is read.
 *
 * @param {string} verdict
 * @param {string[]} title
 * @param {string | undefined} message
 */
function name(verdict, title, message = '') {
  const [said = ''] = message.replaceAll(COLOUR, '').split('\n');
  return `${verdict}: ${title.filter(Boolean).join(' › ')}${said && `: ${said.slice(0, 300)}`}`;
}

/**
 * The tests in a vitest report that failed, and those that passed only when they were repeated.
 *
 * @param {any} report
 * @returns {{ failed: string[], retried: string[] }}
 */
function vitestTroubles(report) {
  /** @type {string[]} */
  const failed = [];
  /** @type {string[]} */
  const retried = [];
  for (const { name: path, assertionResults, message } of report?.testResults ?? []) {
    const file = relative(ROOT, path);
    // A file that could not be loaded has no tests to name.
    if (assertionResults.length === 0 && message) failed.push(name('FAILED', [file], message));
    for (const { status, fullName, failureMessages } of assertionResults) {
      if (status === 'failed') failed.push(name('FAILED', [file, fullName], failureMessages[0]));
      else if (failureMessages.length > 0) retried.push(name('passed when tried again', [file, fullName], failureMessages[0]));
    }
  }
  return { failed, retried };
}

/**
 * The tests in a Playwright report that failed, at the end or once.
 *
 * @param {any} report
 * @returns {string[]}
 */
function playwrightFailures(report) {
  /** @type {(suite: any) => any[]} */
  const specsOf = ({ specs = [], suites = [] }) => [...specs, ...suites.flatMap(specsOf)];
  return (report?.suites ?? []).flatMap(specsOf).flatMap((/** @type {any} */ { file, title, tests }) =>
    tests
      .filter((/** @type {any} */ { status }) => status === 'unexpected' || status === 'flaky')
      .map((/** @type {any} */ { status, results }) => {
        const message = results.find((/** @type {any} */ result) => result.error)?.error.message;
        return name(status === 'flaky' ? 'passed when tried again' : 'FAILED', [file, title], message);
      }),
  );
}

/**
 * A check that passes or fails as a whole.
 *
 * @param {string[]} command
 * @returns {() => Promise<Tally>}
 */
export const check = (command) => async () => {
  const reason = await runCommand(command);
  return { passed: reason ? 0 : 1, failed: reason ? 1 : 0, skipped: 0, notes: reason ? [`${command.join(' ')}: ${reason}`] : [] };
};

/**
 * npx fetches Biome. It is not a dependency, because some registries lack its binaries for some platforms, and `npm ci` would
 * fail there.
 *
 * @returns {Promise<Tally>}
 */
export const lint = async () => {
  const tally = await check(['npm', 'run', '--silent', 'lint'])();
  if (tally.failed && (await runCommand(['npm', 'run', '--silent', 'lint', '--', '--help'], { output: 'ignore' }))) {
    tally.notes.push('npx could not fetch Biome, so nothing was linted: it needs the npm registry or a cached copy.');
  }
  return tally;
};

/**
 * Makes the count agree with how the runner ended: a crash, an unhandled error or an empty run is a failure,
 * even if no single test failed.
 *
 * @param {Tally} tally
 * @param {string | undefined} reason
 */
function settle(tally, reason) {
  if (reason && tally.failed === 0) {
    tally.failed += 1;
    tally.notes.push(`no test failed, but the runner did: ${reason}`);
  } else if (tally.passed + tally.failed === 0) {
    tally.failed += 1;
    tally.notes.push('ran no test');
  }
  return tally;
}

/**
 * @param {string} project
 * @returns {(output?: Output) => Promise<Tally>}
 */
export const vitest =
  (project) =>
  async (output = 'inherit') => {
    const file = join(reports, `${project}.json`);
    const reason = await runCommand(
      [
        process.execPath,
        'node_modules/vitest/vitest.mjs',
        'run',
        '--project',
        project,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
      ],
      { output },
    );
    const report = readJson(file);
    const { failed, retried } = vitestTroubles(report);
    return settle(
      {
        passed: report?.numPassedTests ?? 0,
        failed: failed.length,
        skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
        notes: [...failed, ...retried],
      },
      reason,
    );
  };

/**
 * @param {'e2e' | 'widgets' | 'consumers' | 'faults'} suite
 * @param {'chromium' | 'firefox'} project
 * @returns {() => Promise<Tally>}
 */
export const playwright = (suite, project) => async () => {
  const file = join(reports, `${suite}-${project}.json`);
  const reason = await runCommand(
    [
      process.execPath,
      'node_modules/@playwright/test/cli.js',
      'test',
      '--config',
      `test/${suite}/playwright.config.ts`,
      `--project=${project}`,
      `--reporter=list,json${suite === 'faults' ? ',test/faults/matrix-reporter.ts' : ''}`,
    ],
    {
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file },
    },
  );
  const report = readJson(file);
  const { expected = 0, flaky = 0, unexpected = 0, skipped = 0 } = report?.stats ?? {};
  return settle({ passed: expected + flaky, failed: unexpected, skipped, notes: playwrightFailures(report) }, reason);
};

/**
 * The benchmark's smoke run: checks that each rival and each workload still works, and measures nothing.
 *
 * @returns {Promise<Tally>}
 */
export const bench = async () => {
  const file = join(reports, 'bench.json');
  const reason = await runCommand([process.execPath, 'test/bench/load.mjs', 'main.ts', '--quick', '--tally', file]);
  const { passed = 0, failed = 0 } = readJson(file) ?? {};
  return settle({ passed, failed, skipped: 0, notes: [] }, reason);
};
