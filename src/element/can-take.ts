/** Whether an element takes files that are dropped or pasted somewhere on the page: it is enabled, visible, and not behind a modal dialog. */
export function canTake(element: HTMLElement): boolean {
  if (element.matches(':disabled') || !element.checkVisibility({ visibilityProperty: true })) return false;
  const around = [...ancestorsOf(element)];
  return (
    !around.some((ancestor) => ancestor.matches('[inert]')) && modalsIn(element.ownerDocument).every((modal) => around.includes(modal))
  );
}

/** The element and all around it, as it is displayed: across shadow roots, and in the slot that shows it. */
function* ancestorsOf(element: Element): Generator<Element> {
  for (let at: Element | undefined = element; at; ) {
    yield at;
    at = at.assignedSlot ?? at.parentElement ?? (at.getRootNode() as Partial<ShadowRoot>).host;
  }
}

/** What a browser makes modal, also in the open shadow trees: the page behind it can't be used. */
function modalsIn(root: Document | ShadowRoot): Element[] {
  const inner = [...root.querySelectorAll('*')].flatMap(({ shadowRoot }) => (shadowRoot ? modalsIn(shadowRoot) : []));
  return [...root.querySelectorAll(':modal'), ...inner];
}
