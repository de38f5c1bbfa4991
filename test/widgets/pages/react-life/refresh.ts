/** Replaces components as Fast Refresh does, by the hook that React has for it. Imported before React. */
interface Family {
  current: unknown;
}

interface Renderer {
  setRefreshHandler(handler: (type: unknown) => Family | undefined): void;
  scheduleRefresh(root: unknown, update: { staleFamilies: Set<Family>; updatedFamilies: Set<Family> }): void;
}

let renderer: Renderer;
let root: unknown;

Object.assign(window, {
  __REACT_DEVTOOLS_GLOBAL_HOOK__: {
    supportsFiber: true,
    renderers: new Map(),
    inject(injected: Renderer) {
      renderer = injected;
      return 1;
    },
    onCommitFiberRoot: (_id: number, committed: unknown) => void (root = committed),
    onCommitFiberUnmount() {},
    onPostCommitFiberRoot() {},
  },
});

const families = new Map<unknown, Family>();

/** Lets a component count as edited: its state stays, and its effects end and run again. */
export function refresh(component: () => unknown): void {
  const family = families.get(component) ?? { current: component };
  const edited = (): unknown => component();
  family.current = edited;
  for (const type of [component, edited]) families.set(type, family);
  renderer.setRefreshHandler((type) => families.get(type));
  renderer.scheduleRefresh(root, { staleFamilies: new Set(), updatedFamilies: new Set([family]) });
}
