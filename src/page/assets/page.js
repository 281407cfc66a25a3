/* Shows what the run says once a second, and gives it orders. Texts come from servers: they are only ever set as text. */
/* global pageElements, stormCurve */
{
  const {
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
  } = pageElements;
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  const LOST_AFTER_MS = 4000;
  const AGAIN_AFTER_MS = 3000;

  let state = null;
  let drawCurve = null;
  let heardAt = performance.now();
  let hasConnected = false;

  /* The top of the page */
  const fillHead = ({ run, phase, slope, clock, answer, tiles, verdict, troubles, isOver }) => {
    const isPaused = slope === 0 && phase !== 'draining' && phase !== 'done';
    write(at('name'), run.name);
    write(at('meta'), `run ${run.id}, seed ${run.seed}`);
    write(at('made-by'), `bootstorm ${run.version}.`);
    const pace = (phase === 'ramping' || phase === 'holding') && slope !== 1 ? ` ×${slope}` : '';
    write(at('phase'), isPaused ? 'paused' : isOver ? 'over' : `${phase}${pace}`);
    dress(at('phase'), `chip ${isPaused ? 'paused' : isOver ? 'done' : phase}`);
    write(at('clock'), clock);
    write(at('mini'), answer.shareText);
    write(at('answer'), answer.headline);
    fillTexts(at('details'), [...answer.details, ...(verdict?.reasons ?? [])]);
    at('share').value = answer.share;
    dress(at('share'), answer.share === 1 ? 'all' : '');
    at('share').setAttribute('aria-valuetext', answer.shareText);
    show(at('lab'), run.lab !== null);
    write(at('lab'), `${run.lab}: times say how phones behave, not how fast a real cluster is.`);
    fillFacts(at('tiles'), tiles);
    fillTexts(at('troubles'), troubles);
    show(at('verdict'), verdict !== null);
    if (verdict !== null) {
      write(at('verdict'), verdict.result.toUpperCase());
      dress(at('verdict'), `verdict ${verdict.result}`);
      show(at('report'), verdict.report !== null);
      write(at('report-path'), verdict.report ?? '');
    }
    document.title = `${verdict === null ? answer.shareText : verdict.result.toUpperCase()} · ${run.name}`;
  };

  const fillCurve = ({ curve, marks, answer }) => {
    if (drawCurve === null) drawCurve = stormCurve(at('curve'), curve);
    else drawCurve(curve);
    const label = `Phones in service over time. ${answer.headline}`;
    if (at('plot').getAttribute('aria-label') !== label) at('plot').setAttribute('aria-label', label);
    fillList(
      at('marks'),
      marks,
      () => make('li', '', make('b'), document.createTextNode('')),
      (item, mark) => {
        write(item.firstChild, mark.letter);
        if (item.lastChild.data !== `${mark.at} ${mark.what}`)
          item.lastChild.data = `${mark.at} ${mark.what}`;
      },
    );
  };

  const fillSteps = ({ steps }) =>
    fillList(
      at('step-rows'),
      steps,
      () => make('li', '', make('span', 'number'), make('span', 'title'), makeBar(), make('span', 'count')),
      (row, { step, title, kind, count, share }) => {
        const [number, name, bar, figure] = row.children;
        dress(row, count === '0' ? 'none' : '');
        write(number, step);
        write(name, title);
        fillBar(bar, [
          { kind: 'idle', from: 0, to: 1 },
          { kind, from: 0, to: share },
        ]);
        write(figure, count);
      },
    );

  const makeFailure = () => {
    const advice = (label) => make('p', '', make('strong', '', label), make('span'));
    return make(
      'article',
      'failure',
      make('h3'),
      advice('Do: '),
      advice('Look: '),
      make('p', 'muted'),
      make('ul'),
      make('ul'),
    );
  };
  const fillFailure = (node, { cause, count, text, hint, look, fault, places, said }) => {
    const [title, doIt, lookAt, blame, where, words] = node.children;
    write(title, `${count} × ${cause}: ${text}`);
    write(doIt.lastElementChild, hint);
    write(lookAt.lastElementChild, look);
    write(blame, `Attributed to: ${fault}`);
    fillTexts(where, places);
    show(words, said.length > 0);
    fillTexts(words, said);
  };
  const fillFailures = ({ failures: { items, more } }) => {
    show(at('failures-empty'), items.length === 0);
    fillList(at('failure-rows'), items, makeFailure, fillFailure);
    moreOf('failures-more', more);
  };

  const fillGenerator = ({ generator }) => {
    dress(at('generator'), `card${generator.isBad ? ' bad' : ''}`);
    write(
      at('generator-state'),
      generator.isBad ? 'Beyond its limits: the run is INVALID' : 'Within its limits',
    );
    dress(at('generator-state'), `state${generator.isBad ? ' bad' : ''}`);
    fillTable('generator', generator);
    fillFacts(at('generator-facts'), generator.facts);
  };

  const fillLog = ({ log, warnings }) => {
    fillList(
      at('log-rows'),
      log.items,
      () => make('li', '', make('time'), make('span')),
      (row, line) => {
        write(row.firstElementChild, line.at);
        write(row.lastElementChild, line.what);
      },
    );
    moreOf('log-more', log.more);
    fillTexts(at('warning-rows'), warnings.items);
    moreOf('warnings-more', warnings.more);
  };

  /* What a reader of the screen hears: turns of the run, not each second of it. */
  const speak = (before, now) => {
    const isTurn =
      before?.phase !== now.phase || before?.slope !== now.slope || before?.isOver !== now.isOver;
    if (!isTurn) return;
    const verdict = now.verdict === null ? '' : `${now.verdict.result}. `;
    write(at('spoken'), `${verdict}${now.phase}, ${now.clock}. ${now.answer.headline}`);
  };

  const fill = (now) => {
    speak(state, now);
    state = now;
    fillHead(now);
    fillCurve(now);
    fillSteps(now);
    for (const id of ['waterfall', 'modelled', 'thresholds', 'servers', 'group', 'agents'])
      fillTable(id, now[id]);
    show(at('group'), now.group !== null);
    show(at('warnings'), now.warnings.items.length > 0);
    fillFailures(now);
    fillGenerator(now);
    fillLog(now);
    fillControls();
    fillLink();
  };

  /* The connection */
  const fillLink = () => {
    const isLost = state?.isOver !== true && performance.now() - heardAt > LOST_AFTER_MS;
    document.body.classList.toggle('stale', isLost && hasConnected);
    show(at('link'), isLost || state?.isOver === true);
    dress(at('link'), state?.isOver === true ? 'link over' : 'link');
    const since = state === null ? '' : `: what you see is as of ${state.clock}`;
    write(
      at('link'),
      state?.isOver === true
        ? 'The run is over: this is its last picture.'
        : `Connection lost${since}. Trying again.`,
    );
    if (isLost) fillControls(true);
  };
  const connect = () => {
    const source = new EventSource('events');
    source.addEventListener('message', ({ data }) => {
      heardAt = performance.now();
      hasConnected = true;
      fill(JSON.parse(data));
      if (state.isOver) source.close();
    });
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED && state?.isOver !== true)
        setTimeout(connect, AGAIN_AFTER_MS);
    });
  };

  /* Orders */
  const say = (text, isBad = false) => {
    dress(at('said'), isBad ? 'said bad' : 'said');
    write(at('said'), text);
  };
  const give = async (order, factor) => {
    say('…');
    try {
      const response = await fetch('orders', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-bootstorm-token': token },
        body: JSON.stringify(factor === undefined ? { order } : { order, factor }),
      });
      const answer = await response.json();
      if (response.ok) say(answer.text);
      else say(answer.hint === null ? answer.error : `${answer.error}: ${answer.hint}`, true);
    } catch {
      say('the order did not reach the run', true);
    }
  };
  const fillControls = (isLost = false) => {
    if (state === null) return;
    const { phase, slope, isOver } = state;
    show(at('controls'), !isOver);
    const canSteer = token !== null && !isLost && (phase === 'ramping' || phase === 'holding');
    at('pause').disabled = !canSteer;
    write(at('pause'), slope === 0 ? 'Resume' : 'Pause');
    at('factor').disabled = !canSteer;
    at('rate').disabled = !canSteer;
    at('abort').disabled = token === null || isLost || phase === 'done';
    write(at('abort'), phase === 'draining' ? 'Stop at once' : 'End the run');
    if (token === null)
      say('Read only: open the address that the terminal shows, with its token, to steer the run.');
  };
  const ask = () => {
    const isSecond = state?.phase === 'draining';
    write(at('confirm-title'), isSecond ? 'Stop at once?' : 'End the run?');
    write(
      at('confirm-text'),
      isSecond
        ? 'Everything stops without a word to the servers: they find out by themselves that the phones are gone.'
        : 'No more phones start, and those that are up take their leave. The report is written. Once more stops at once.',
    );
    write(at('confirm-yes'), isSecond ? 'Stop it' : 'End it');
    at('confirm').showModal();
  };
  at('pause').addEventListener('click', () => give(state?.slope === 0 ? 'resume' : 'pause'));
  at('rate').addEventListener('click', () => give('rate', at('factor').value));
  at('factor').addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') at('rate').click();
  });
  at('abort').addEventListener('click', ask);
  at('confirm-no').addEventListener('click', () => at('confirm').close());
  at('confirm-yes').addEventListener('click', () => {
    at('confirm').close();
    void give('abort');
  });

  connect();
  setInterval(fillLink, 1000);
}
