/** Whether an element takes files that are dropped or pasted somewhere on the page: it is enabled, visible, and not behind a modal dialog. */
export function canTake(element: HTMLElement): boolean {
  if (element.matches(':disabled') || element.closest('[inert]')) return false;
  const dialogs = [...element.ownerDocument.querySelectorAll(':modal')];
  return element.checkVisibility({ visibilityProperty: true }) && dialogs.every((dialog) => isWithin(element, dialog));
}

/** Inside an element, or inside a shadow tree in it. */
function isWithin(node: Node, ancestor: Node): boolean {
  const root = node.getRootNode();
  return ancestor.contains(node) || ('host' in root && isWithin(root.host as Node, ancestor));
}
