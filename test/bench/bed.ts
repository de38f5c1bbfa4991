/** The test bed: servers and links in processes of their own, the page, a browser, and files on disk. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Chromium, launchChromium, type Page } from './chromium.js';
import { type KernelLineOptions, openKernelLine } from './kernel-line.js';
import type { LinkHandlers, LinkOptions } from './link.js';
import type { Setup } from './page/setup.js';
import { serveBenchPage } from './pages.js';
import { type Remote, startProcess } from './processes.js';
import type { ServerHandlers, ServerOptions, TestFile } from './server.js';

export interface Bed {
  server: Remote<ServerHandlers>;
  chromium: Chromium;
  links: Remote<LinkHandlers>;
  /** Files of the known file, with what must arrive of them. */
  makeFiles(count: number, size: number): Promise<TestFile[]>;
  /** A new folder, removed in the end. */
  makeFolder(): Promise<string>;
  /** A fresh page, in a renderer of its own, with these files selected. */
  open(files?: string[]): Promise<Page>;
  /** What the page has to know, with the servers behind this link. */
  setup(link: LinkOptions | undefined, own: Pick<Setup, 'keys' | 'partSize'> & Partial<Setup>): Promise<Setup>;
  close(): Promise<void>;
}

/** The application's server is elsewhere, whatever the link to OSS. */
const TO_SIGNER: LinkOptions = { roundTrip: 50 };

/** What is between the browser and the servers, besides links. */
export interface Surroundings {
  /** Absent: loopback. */
  line?: KernelLineOptions;
  /** With TLS: of which HTTP. Absent: HTTP/1.1 without TLS. */
  tls?: 'HTTP/1.1' | 'HTTP/2';
}

/** The servers' name behind a line of the kernel's. Browsers look for names below `localhost` on loopback only. */
const BEHIND_LINE = 'bench.test';

export async function makeBed({ line, tls }: Surroundings = {}): Promise<Bed> {
  const kernelLine = line && openKernelLine(line);
  const hostname = kernelLine ? BEHIND_LINE : 'localhost';
  const browserArgs = [
    ...(kernelLine ? [`--host-resolver-rules=MAP ${hostname} ${kernelLine.address},MAP *.${hostname} ${kernelLine.address}`] : []),
    ...(tls ? ['--ignore-certificate-errors'] : []),
    ...(tls === 'HTTP/1.1' ? ['--disable-http2'] : []),
  ];
  const serverOptions: ServerOptions = { hostname, tls: tls !== undefined };
  const root = await mkdtemp(join(tmpdir(), 'oss-resumable-bench-files-'));
  const [server, links, page, chromium] = await Promise.all([
    startProcess<ServerHandlers>('server.ts', serverOptions, kernelLine?.namespace),
    startProcess<LinkHandlers>('link.ts', {}, kernelLine?.namespace),
    serveBenchPage(),
    launchChromium(browserArgs),
  ]);
  const { ossPort, s3Port, tusPort, signerPort, ...service } = await server.call('info');
  let folders = 0;

  /** Loopback in the servers' namespace is not the browser's. */
  const host = kernelLine && '0.0.0.0';
  const origin = (port: number, scheme = 'http'): string => `${scheme}://${hostname}:${port}`;

  /** The port under which another is seen through a link: a new one each time, so that nobody finds connections open. */
  const through = async (link: LinkOptions | undefined, port: number): Promise<number> =>
    link === undefined && host === undefined ? port : links.call('listen', port, { ...link, ...(host && { host }) });

  async function makeFolder(): Promise<string> {
    const folder = join(root, String(++folders));
    await mkdir(folder);
    return folder;
  }

  return {
    server,
    chromium,
    links,
    makeFolder,
    makeFiles: async (count, size) => server.call('makeFiles', await makeFolder(), count, size),
    async open(files = []) {
      const opened = await chromium.open(page.url);
      if (files.length > 0) await opened.selectFiles('#files', files);
      return opened;
    },
    async setup(link, own) {
      const [oss, s3, tus] = await Promise.all([ossPort, s3Port, tusPort].map((port) => through(link, port)));
      const [direct, signer] = await Promise.all([through(undefined, ossPort), through(TO_SIGNER, signerPort)]);
      const scheme = tls ? 'https' : 'http';
      return {
        ...service,
        endpoint: origin(oss!, scheme),
        directEndpoint: origin(direct, scheme),
        s3Endpoint: origin(s3!),
        tusEndpoint: `${origin(tus!)}/files`,
        signerUrl: origin(signer),
        parallel: 6,
        variant: {},
        ...own,
      };
    },
    async close() {
      await chromium.close();
      await Promise.all([page.close(), server.stop(), links.stop()]);
      kernelLine?.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
