/** Makes and updates elements. Never from HTML, which Trusted Types may forbid. */

/** Makes an element whose class is also its part. */
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

/** Writes a text only if it differs: writing the same text would lay it out again. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** The same as {@link setText} for attributes. */
export function setAttributes<T extends Element>(element: T, attributes: Record<string, string | number>): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
  return element;
}

export function createButton(part: string, onClick: (event: MouseEvent) => void): HTMLButtonElement {
  const button = h('button', part);
  button.type = 'button';
  button.onclick = onClick;
  return button;
}

/** The focused element in the shadow tree that `element` is in. */
export function focusedIn(element: Element): Element | null {
  return (element.getRootNode() as ShadowRoot).activeElement;
}

/** If the focused button was hidden, the last visible one gets the focus. */
export function keepFocus(buttons: HTMLButtonElement[]): void {
  if (buttons.some((button) => button.hidden && focusedIn(button) === button)) buttons.findLast(({ hidden }) => !hidden)?.focus();
}
