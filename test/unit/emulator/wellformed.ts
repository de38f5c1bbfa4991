/** Checks that an XML document is well-formed, as far as the service's own documents go: elements with text. */
export function evaluateXml(document: string): string {
  const open: string[] = [];
  const body = document.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  for (const [tag, slash, name] of body.matchAll(/<(\/?)([A-Za-z]\w*)>|<|&(?!(?:amp|lt|gt|quot|#\d+);)/g)) {
    if (name === undefined) throw new Error(`Not well-formed at ${tag}: ${document}`);
    if (slash === '') open.push(name);
    else if (open.pop() !== name) throw new Error(`</${name}> closes another element: ${document}`);
  }
  if (open.length > 0) throw new Error(`Not closed: ${open.join()}`);
  return document;
}
