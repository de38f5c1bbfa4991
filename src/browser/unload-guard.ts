/**
 * Makes the browser ask before the page is left. It asks until every guard is lifted, and only if the user has touched
 * the page. A page with a guard may be kept out of the back/forward cache: hold it only while bytes move.
 *
 * @returns lifts this guard
 */
export function guardUnload(): () => void {
  const ask = (event: BeforeUnloadEvent): void => {
    event.preventDefault();
    // Chrome before 119 looks at this only.
    event.returnValue = true;
  };
  globalThis.addEventListener?.('beforeunload', ask);
  return () => globalThis.removeEventListener?.('beforeunload', ask);
}
