/** Makes an element of a class, which is also its part. Not by HTML, which Trusted Types may forbid. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  part: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setPart(element, part);
  element.append(...children);
  return element;
}

export function setPart(element: Element, part: string): void {
  setAttributes(element, { class: part, part });
}

/** Writes only what differs: a text that is written anew is laid out anew. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** As {@link setText}, for attributes. */
export function setAttributes<T extends Element>(element: T, attributes: Record<string, string | number>): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
  return element;
}

export function createButton(part: string, onClick: () => void): HTMLButtonElement {
  const button = h('button', part);
  button.type = 'button';
  button.onclick = onClick;
  return button;
}

/** What has the focus in the element's shadow tree. */
export function focusedIn(element: Element): Element | null {
  return (element.getRootNode() as ShadowRoot).activeElement;
}

/** A button that went takes the focus with it: the last one that is there has it then. */
export function keepFocus(buttons: HTMLButtonElement[]): void {
  if (buttons.some((button) => button.hidden && focusedIn(button) === button)) buttons.findLast(({ hidden }) => !hidden)?.focus();
}
