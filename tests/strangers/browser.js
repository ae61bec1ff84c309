// What a browser makes of pages: for each, how often which element with which attributes is there, read once and read
// again from what the first reading would write.
(pages) => {
  const LOADS = ["href", "src", "action", "formaction", "data", "srcdoc", "xlink:href"];
  const way = (name, value) => {
    if (name.startsWith("hx-") && /^\s*(js|javascript):/i.test(value)) return "=script";
    if (!LOADS.includes(name)) return "";
    try {
      return "=" + new URL(value, "https://care.example/").protocol;
    } catch {
      return "=broken";
    }
  };
  const count = (root, seen) => {
    const nodes = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_COMMENT);
    while (nodes.nextNode()) {
      const node = nodes.currentNode;
      let key = "a comment";
      if (node.nodeType === Node.ELEMENT_NODE) {
        const names = node.getAttributeNames().sort();
        key = [node.localName, ...names.map((name) => name + way(name, node.getAttribute(name)))].join(" ");
        if (node instanceof HTMLTemplateElement) count(node.content, seen);
      }
      seen[key] = (seen[key] || 0) + 1;
    }
    return seen;
  };
  return pages.map((page) => {
    const read = (text) => new DOMParser().parseFromString(text, "text/html");
    const once = read(page);
    return [count(once, {}), count(read(once.documentElement.outerHTML), {})];
  });
}
