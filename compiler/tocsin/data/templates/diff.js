// Search, filters and keys of the page that `tocsin diff` writes. All else works without this.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const by = (id) => document.getElementById(id);
  const rules = all("article.rule");
  const rows = new Map(all("tr[data-rule]").map((row) => [row.dataset.rule, row]));
  const search = by("search");
  const help = by("help");
  by("bar").hidden = false;

  // --- search and filters

  const words = new Map();
  const textOf = (rule) => {
    if (!words.has(rule)) words.set(rule, rule.textContent.toLowerCase());
    return words.get(rule);
  };
  const wanted = (rule, terms) =>
    (!by("only-verdicts").checked || rule.hasAttribute("data-verdict")) &&
    (!by("only-matches").checked || rule.hasAttribute("data-match")) &&
    terms.every((term) => textOf(rule).includes(term));

  const filter = () => {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const rule of rules) {
      const show = wanted(rule, terms);
      shown += show;
      rule.hidden = !show;
      if (rows.has(rule.id)) rows.get(rule.id).hidden = !show;
    }
    document.body.classList.toggle("only", by("only-targets").checked);
    by("count").value = `${shown} of ${rules.length} ${rules.length === 1 ? "rule" : "rules"}`;
    by("nothing").hidden = shown > 0 || rules.length === 0;
  };
  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 60);
  });
  for (const box of all("#bar input[type=checkbox]")) box.addEventListener("change", filter);

  // --- going about

  const open = (element) => {
    for (let at = element; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  };
  const go = (element) => {
    if (!element) return;
    open(element);
    if (!element.hasAttribute("tabindex")) element.tabIndex = -1;
    element.scrollIntoView({ block: "start" });
    element.focus({ preventScroll: true });
  };
  const isBefore = (a, b) => Boolean(a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING);
  const beside = (list, step) => {
    // Where nothing of the list has the focus, what is at the top of the window counts.
    const here = document.activeElement;
    const within = here && here !== document.body && by("rules").contains(here);
    const from = within ? here : null;
    if (step > 0) return list.find((each) => (from ? isBefore(from, each) : top(each) > 1));
    const earlier = list.filter((each) => (from ? isBefore(each, from) && each !== from : top(each) < -1));
    return earlier.at(-1);
  };
  const top = (element) => element.getBoundingClientRect().top - by("bar").offsetHeight - 8;
  const heads = () => rules.filter((rule) => !rule.hidden).map((rule) => rule.querySelector("h3"));
  const changes = () => all("article.rule:not([hidden]) .h").filter((each) => !closed(each));
  const closed = (element) => document.body.classList.contains("only") && element.closest(".noise");

  const rule = (step) => {
    const here = document.activeElement.closest("article.rule");
    const list = heads();
    const own = here && here.querySelector("h3");
    // From within a rule, back is to its own head first.
    if (step < 0 && own && document.activeElement !== own) return go(own);
    if (step > 0 && here) return go(list.find((each) => each !== own && isBefore(own, each)));
    go(beside(list, step));
  };

  const showTarget = () => {
    const target = location.hash && by(location.hash.slice(1));
    if (target && target.closest("article")) open(target);
  };
  addEventListener("hashchange", showTarget);

  // --- colours, kept in the page alone

  const themes = ["system", "light", "dark"];
  by("theme").addEventListener("click", (event) => {
    const root = document.documentElement;
    const next = themes[(themes.indexOf(root.dataset.theme ?? "system") + 1) % themes.length];
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
    event.currentTarget.querySelector("span").textContent = next;
    event.currentTarget.setAttribute("aria-label", `Colours: ${next === "system" ? "as the system" : next}`);
  });

  // --- keys

  const showHelp = () => (help.open ? help.close() : help.showModal());
  by("keys").addEventListener("click", showHelp);
  by("close").addEventListener("click", () => help.close());
  const keys = {
    "/": () => { search.focus(); search.select(); },
    j: () => rule(1),
    k: () => rule(-1),
    n: () => go(beside(changes(), 1)),
    p: () => go(beside(changes(), -1)),
    "?": showHelp,
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === search) {
      if (event.key !== "Escape") return;
      if (search.value) search.value = "";
      else search.blur();
      filter();
      event.preventDefault();
      return;
    }
    if (!Object.hasOwn(keys, event.key) || (help.open && event.key !== "?")) return;
    event.preventDefault();
    keys[event.key]();
  });

  // --- paper: all is opened but folded lines that are unchanged, and closed again

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open], .fold)");
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });

  filter();
  showTarget();
})();
