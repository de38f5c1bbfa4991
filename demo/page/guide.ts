/** The guide for who comes first: three steps, each of which ticks itself when it has truly happened. */
import type { Network } from 'oss-resumable';
import type { OssUploadElement } from 'oss-resumable/element';
import { MADE, makeBigFile, save } from './big-file.js';
import { byId } from './dom.js';
import { advance, type GuideEvent, type GuideFacts } from './guide-facts.js';
import { createGuideView } from './guide-view.js';
import { BIG, checkEarlierVisit, type GuideWatcher, watchUploads } from './guide-watch.js';
import { onLanguage } from './i18n.js';
import { remember, remembered } from './memory.js';
import type { NetworkPanel } from './network-panel.js';

/** Bytes a second: a made-up file takes 26 seconds. */
const SLOW = 5 * 1024 ** 2;

interface Memory {
  isHidden: boolean;
  facts: GuideFacts;
  /** The guide has slowed the line, and has to end that. */
  hasSlowed: boolean;
}

/** @param panel undefined for a real bucket: its network can't be cut from here */
export function createGuide(root: HTMLElement, element: OssUploadElement, network: Network, panel: NetworkPanel | undefined): void {
  const memory = load();
  const showAgain = byId('show-guide');
  /** Bytes of the followed upload that OSS has acknowledged. */
  let stored = 0;
  const view = createGuideView(
    root,
    { big: BIG, made: MADE.size, slow: SLOW, hasPanel: panel !== undefined },
    {
      uploadMade: async () => {
        await slowDown();
        await element.addFiles([makeBigFile()]);
      },
      makeAgain: async () => {
        await element.addFiles([makeBigFile()]);
      },
      saveMade: async () => save(makeBigFile()),
      cut: async () => panel?.setLink({ offline: true }),
      connect: async () => panel?.setLink({ offline: false }),
      reload: async () => location.reload(),
      startOver: async () => change({ facts: {} }),
      hide: () => {
        change({ isHidden: true });
        void speedUp();
        showAgain.focus();
      },
    },
  );

  function change(changes: Partial<Memory>): void {
    Object.assign(memory, changes);
    remember({ guide: memory });
    render();
  }

  function render(): void {
    root.hidden = memory.isHidden;
    showAgain.hidden = !memory.isHidden;
    view.render(memory.facts, stored, panel?.link()?.offline ?? false);
  }

  /** Before the file is sent: on this machine it would arrive at once. */
  async function slowDown(): Promise<void> {
    if (memory.isHidden || memory.facts.kept !== undefined || !view.wantsSlowLine() || panel?.link()?.bytesPerSecond !== null) return;
    await panel.setLink({ bytesPerSecond: SLOW });
    change({ hasSlowed: true });
  }

  async function speedUp(): Promise<void> {
    if (!memory.hasSlowed) return;
    // Unless the user has chosen another speed since.
    if (panel?.link()?.bytesPerSecond === SLOW) await panel.setLink({ bytesPerSecond: null });
    change({ hasSlowed: false });
  }

  const watcher: GuideWatcher = {
    isOnline: network.isOnline,
    onAdded: () => void slowDown(),
    onEvent(event: GuideEvent) {
      const facts = advance(memory.facts, event);
      if (facts === memory.facts) return;
      change({ facts });
      if (facts.end) void speedUp();
    },
    onStored(key, bytes) {
      if (key !== memory.facts.upload?.key || bytes === stored) return;
      stored = bytes;
      render();
    },
  };

  showAgain.addEventListener('click', () => {
    change({ isHidden: false });
    view.focus();
  });
  watchUploads(element, watcher);
  panel?.subscribe(render);
  onLanguage(render);
  render();
  if (memory.facts.kept === undefined) {
    const { upload, end } = memory.facts;
    void checkEarlierVisit(element, end ? undefined : upload, watcher);
  }
}

function load(): Memory {
  const { isHidden = false, facts = {}, hasSlowed = false } = (remembered()['guide'] ?? {}) as Partial<Memory>;
  return { isHidden, facts, hasSlowed };
}
