/* Draws a curve over time: a value under the pointer, a stretch of time by dragging, and what is new as it comes. */
/* global uPlot */
globalThis.stormCurve = (() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const count = (value) => String(Math.round(value * 10) / 10).replace(/\B(?=(\d{3})+$)/g, ',');
  const clock = (second) => {
    const whole = Math.max(0, Math.floor(second));
    const two = (part) => String(part).padStart(2, '0');
    const hours = Math.floor(whole / 3600);
    const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
    return hours === 0 ? rest : `${hours}:${rest}`;
  };

  /* Curves of their own seconds on the seconds of all: each a straight line between its own points. */
  const onOneAxis = (series) => {
    const seconds = [...new Set(series.flatMap(({ points }) => points.map(([second]) => second)))];
    seconds.sort((a, b) => a - b);
    const columns = series.map(({ points }) => {
      let next = 0;
      return seconds.map((second) => {
        while (next < points.length && points[next][0] < second) next += 1;
        const after = points[next];
        const before = points[next - 1];
        if (after === undefined || (before === undefined && after[0] !== second)) return null;
        if (before === undefined || after[0] === second) return after[1];
        return before[1] + ((after[1] - before[1]) * (second - before[0])) / (after[0] - before[0]);
      });
    });
    return [seconds, ...columns];
  };

  const drawMarks = (chart, { marks, events }) => {
    const { ctx, bbox } = chart;
    const ratio = devicePixelRatio;
    const at = (second) => chart.valToPos(second, 'x', true);
    const inside = (x) => x >= bbox.left - 1 && x <= bbox.left + bbox.width + 1;
    const line = (x, from, to, colour, dash) => {
      ctx.beginPath();
      ctx.setLineDash(dash);
      ctx.strokeStyle = colour;
      ctx.moveTo(x, from);
      ctx.lineTo(x, to);
      ctx.stroke();
    };
    ctx.save();
    ctx.lineWidth = ratio;
    ctx.font = `600 ${12 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
    const bottom = bbox.top + bbox.height;
    for (const { label, second, y, isRight } of marks) {
      const x = at(second);
      if (!inside(x)) continue;
      line(x, (y - 10) * ratio, bottom, style('--ink'), [2 * ratio, 3 * ratio]);
      ctx.textAlign = isRight ? 'right' : 'left';
      ctx.fillStyle = style('--ink');
      ctx.fillText(label, x + (isRight ? -5 : 5) * ratio, y * ratio);
    }
    for (const { letter, second } of events) {
      const x = at(second);
      if (!inside(x)) continue;
      ctx.globalAlpha = 0.55;
      line(x, bbox.top, bottom + 22 * ratio, style('--muted'), []);
      ctx.globalAlpha = 1;
      ctx.beginPath();
      ctx.fillStyle = style('--sheet');
      ctx.arc(x, bottom + 33 * ratio, 10 * ratio, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
      ctx.textAlign = 'center';
      ctx.fillStyle = style('--ink');
      ctx.fillText(letter, x, bottom + 37 * ratio);
    }
    ctx.restore();
  };

  const axesOf = ({ top }) => {
    const axis = { stroke: style('--muted'), ticks: { show: false }, font: '12px system-ui, sans-serif' };
    const time = {
      ...axis,
      size: 26,
      gap: 4,
      grid: { show: false },
      incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400],
      space: 70,
      values: (_, splits) => splits.map(clock),
    };
    const value = {
      ...axis,
      size: 52,
      gap: 6,
      grid: { stroke: style('--line'), width: 1 },
      splits: [0, 0.25, 0.5, 0.75, 1].map((share) => share * top),
      values: (_, splits) => splits.map(count),
    };
    return [time, value];
  };

  const lineOf = (index, isFilled) => ({
    stroke: style(index === 0 ? '--accent' : '--second'),
    width: 2.25,
    dash: index === 0 ? undefined : [6, 4],
    fill: isFilled ? style('--accent-soft') : undefined,
    points: { show: false },
  });

  const HINT = 'Point at the curve for its value; drag to enlarge a stretch, double-click for all of it.';

  const chartOf = (figure, plot, data) => {
    const readout = figure.querySelector('.readout');
    readout.textContent = HINT;
    let now = { data, columns: onOneAxis(data.series) };
    const say = ({ cursor }) => {
      const index = cursor.idx ?? null;
      const [seconds, ...columns] = now.columns;
      const values = now.data.series.map(({ name }, i) => {
        const value = index === null ? null : columns[i][index];
        return `${name} ${value === null ? 'ended' : `${count(value)} ${now.data.unit}`}`;
      });
      readout.textContent = index === null ? HINT : `${clock(seconds[index])}: ${values.join(', ')}`;
    };
    const options = {
      width: plot.clientWidth,
      height: data.height,
      padding: [data.plotTop, 28, 24, 0],
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { size: 8 } },
      scales: { x: { time: false }, y: { range: [0, data.top] } },
      axes: axesOf(data),
      series: [{}, ...data.series.map((_, i) => lineOf(i, data.series.length === 1))],
      hooks: { draw: [(chart) => drawMarks(chart, now.data)], setCursor: [say] },
    };
    const chart = new uPlot(options, now.columns, plot);
    const isWhole = () => {
      const [seconds] = now.columns;
      return chart.scales.x.min <= seconds[0] && chart.scales.x.max >= seconds.at(-1);
    };
    const update = (newer) => {
      const whole = isWhole();
      now = { data: newer, columns: onOneAxis(newer.series) };
      chart.setData(now.columns, whole);
      if (!whole) chart.redraw();
    };
    return { chart, update };
  };

  /* Into the plot of a figure; the function that it returns takes newer data of the same curves. */
  return (figure, first) => {
    const plot = figure.querySelector('.plot');
    let data = first;
    let drawn = chartOf(figure, plot, data);
    new ResizeObserver(() => drawn.chart.setSize({ width: plot.clientWidth, height: data.height })).observe(
      plot,
    );
    dark.addEventListener('change', () => {
      drawn.chart.destroy();
      drawn = chartOf(figure, plot, data);
    });
    return (newer) => {
      data = newer;
      drawn.update(newer);
    };
  };
})();
