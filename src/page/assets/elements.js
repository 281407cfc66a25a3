/* Fills the places of the page. Texts come from servers: they are only ever set as text. */
globalThis.pageElements = (() => {
  const at = (id) => document.getElementById(id);

  /* Nothing is touched that is as it should be: what is selected stays selected, and nothing is read out again. */
  const write = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  const show = (node, isShown) => {
    if (node.hidden === isShown) node.hidden = !isShown;
  };
  const dress = (node, name) => {
    if (node.className !== name) node.className = name;
  };
  const make = (tag, className = '', ...children) => {
    const node = document.createElement(tag);
    if (className !== '') node.className = className;
    node.append(...children);
    return node;
  };
  const fillList = (parent, items, create, fill) => {
    while (parent.children.length > items.length) parent.lastElementChild.remove();
    while (parent.children.length < items.length) parent.append(create());
    items.forEach((item, i) => fill(parent.children[i], item));
  };
  const fillFacts = (parent, facts) =>
    fillList(
      parent,
      facts,
      () => make('div', '', make('dt'), make('dd')),
      (fact, [name, value]) => {
        write(fact.firstElementChild, name);
        write(fact.lastElementChild, value);
      },
    );
  const fillTexts = (parent, texts, tag = 'li') => fillList(parent, texts, () => make(tag), write);
  const moreOf = (id, count) => {
    show(at(id), count > 0);
    write(at(id), `and ${count} more: the report has them all`);
  };

  const SVG = 'http://www.w3.org/2000/svg';
  const percent = (share) => `${Math.round(Math.min(1, Math.max(0, share)) * 1e4) / 100}%`;
  const makeBar = () => {
    const bar = document.createElementNS(SVG, 'svg');
    for (const [name, value] of [
      ['class', 'bar'],
      ['aria-hidden', 'true'],
      ['width', '100%'],
      ['height', '14'],
    ]) {
      bar.setAttribute(name, value);
    }
    return bar;
  };
  const fillBar = (bar, parts) =>
    fillList(
      bar,
      parts,
      () => document.createElementNS(SVG, 'rect'),
      (rect, { kind, from, to }) => {
        const isThin = kind === 'tail';
        const width = Math.max(0, Math.min(1, to) - Math.max(0, from));
        const values = {
          class: kind,
          x: percent(from),
          width: percent(width),
          y: isThin ? 5 : 1,
          height: isThin ? 4 : 12,
          rx: 2,
        };
        for (const [name, value] of Object.entries(values)) {
          if (rect.getAttribute(name) !== String(value)) rect.setAttribute(name, value);
        }
      },
    );

  /* Tables */
  const fillCell = (node, cell, align) => {
    const kind = typeof cell === 'string' ? 'text' : 'bars' in cell ? 'bars' : 'word';
    if (node.dataset.kind !== kind) {
      node.replaceChildren();
      node.dataset.kind = kind;
    }
    dress(node, align);
    if (kind === 'text') return write(node, cell);
    if (kind === 'bars') return fillList(node, cell.bars, makeBar, fillBar);
    if (node.firstElementChild === null) node.append(make('span'));
    dress(node.firstElementChild, cell.tone);
    write(node.firstElementChild, cell.word);
  };
  const makeRow = () => {
    const head = make('th');
    head.scope = 'row';
    return make('tr', '', head);
  };
  const makeTable = (name) => {
    const table = make('table', '', make('thead', '', make('tr')), make('tbody'));
    const scroll = make('div', 'scroll', table);
    scroll.setAttribute('role', 'region');
    scroll.tabIndex = 0;
    const caption = make('p', 'caption');
    caption.setAttribute('aria-hidden', 'true');
    scroll.setAttribute('aria-label', name);
    table.setAttribute('aria-label', name);
    return [caption, scroll];
  };
  const fillTable = (id, table) => {
    const place = at(`${id}-table`);
    const isEmpty = table === null || table.rows.length === 0;
    show(place, !isEmpty);
    show(at(`${id}-empty`), isEmpty && at(`${id}-empty`).textContent !== '');
    moreOf(`${id}-more`, table?.more ?? 0);
    if (isEmpty) return;
    if (place.children.length === 0) place.append(...makeTable(table.name));
    write(place.querySelector('.caption'), table.name);
    const heads = place.querySelector('thead tr');
    fillList(
      heads,
      table.columns,
      () => make('th'),
      (node, { title, align }) => {
        node.scope = 'col';
        dress(node, align);
        write(node, title);
      },
    );
    fillList(place.querySelector('tbody'), table.rows, makeRow, (row, cells) => {
      while (row.children.length > cells.length) row.lastElementChild.remove();
      while (row.children.length < cells.length) row.append(make('td'));
      cells.forEach((cell, i) => fillCell(row.children[i], cell, table.columns[i].align));
    });
  };

  return {
    at,
    write,
    show,
    dress,
    make,
    fillList,
    fillTexts,
    fillFacts,
    fillTable,
    moreOf,
    makeBar,
    fillBar,
  };
})();
