/* Draws what changes over time: one chart for each panel of the page, with uPlot. */
(() => {
  'use strict';
  const { charts, start, end, marks } = JSON.parse(document.getElementById('data').textContent);
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const ink = dark ? '#ccccdc' : '#24292e';
  const grid = dark ? 'rgba(204,204,220,0.12)' : 'rgba(36,41,46,0.1)';

  function written(value, unit) {
    if (unit === 's')
      return value !== 0 && Math.abs(value) < 1
        ? `${+(value * 1000).toPrecision(3)} ms`
        : `${+value.toPrecision(3)} s`;
    if (unit === 'percentunit') return `${+(value * 100).toPrecision(3)}%`;
    if (unit === 'bytes' || unit === 'Bps') {
      const base = unit === 'Bps' ? 1000 : 1024;
      const power = value < 1 ? 0 : Math.min(3, Math.floor(Math.log(value) / Math.log(base) + 1e-9));
      const name = (unit === 'Bps' ? ['B/s', 'kB/s', 'MB/s', 'GB/s'] : ['B', 'KiB', 'MiB', 'GiB'])[power];
      return `${+(value / base ** power).toPrecision(3)} ${name}`;
    }
    return `${+value.toPrecision(4)}${unit.startsWith('suffix:') ? unit.slice(7) : ''}`;
  }

  for (const chart of charts) {
    const box = document.getElementById(chart.id);
    const seconds = [...new Set(chart.series.flatMap(({ points }) => points.map(([second]) => second)))].sort(
      (a, b) => a - b,
    );
    const rows = chart.series.map(({ points }) => {
      const values = new Map(points);
      return seconds.map((second) => values.get(second) ?? null);
    });
    const isStacked = chart.kind !== 'lines';
    const heights = isStacked ? stacked(rows) : rows;
    const order = heights.map((_, place) => place);
    if (isStacked) order.reverse();
    const most = Math.max(
      ...heights.flat().filter((value) => value !== null),
      ...chart.limits.map(({ value }) => value),
    );
    const drawn = new uPlot(
      {
        width: box.clientWidth,
        height: box.clientHeight,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { range: [start, end] },
          y: {
            range: (_, low, high) => [
              chart.min ?? Math.min(0, low),
              chart.max ?? (Math.max(most, high || 0) * 1.05 || 1),
            ],
          },
        },
        axes: [
          {
            stroke: ink,
            grid: { stroke: grid },
            ticks: { stroke: grid },
            values: (_, at) => at.map((second) => new Date(second * 1000).toISOString().slice(11, 19)),
            space: 70,
          },
          {
            stroke: ink,
            grid: { stroke: grid },
            ticks: { stroke: grid },
            values: (_, at) => at.map((value) => written(value, chart.unit)),
            size: 78,
          },
        ],
        series: [
          {},
          ...order.map((place) => {
            const { colour } = chart.series[place];
            const bars = chart.kind === 'bars' ? { paths: uPlot.paths.bars({ size: [1, 20] }) } : {};
            return {
              stroke: colour,
              width: isStacked ? 1 : 2,
              fill: isStacked ? `${colour}cc` : undefined,
              points: { show: chart.series[place].points.length === 1 },
              ...bars,
            };
          }),
        ],
        hooks: { draw: [(plot) => drawLines(plot, chart.limits)] },
      },
      [seconds, ...order.map((place) => heights[place])],
      box,
    );
    box.dataset.points = String(drawn.data[0].length);
  }

  function stacked(rows) {
    const sums = [];
    return rows.map((row) =>
      row.map((value, at) => {
        sums[at] = (sums[at] ?? 0) + (value ?? 0);
        return sums[at];
      }),
    );
  }

  function drawLines(plot, limits) {
    const { ctx, bbox } = plot;
    const line = (colour, from, to) => {
      ctx.save();
      ctx.strokeStyle = colour;
      ctx.setLineDash([6, 4]);
      ctx.beginPath();
      ctx.moveTo(...from);
      ctx.lineTo(...to);
      ctx.stroke();
      ctx.restore();
    };
    for (const { value, colour } of limits) {
      const y = plot.valToPos(value, 'y', true);
      if (y >= bbox.top) line(colour, [bbox.left, y], [bbox.left + bbox.width, y]);
    }
    for (const { second, colour } of marks) {
      const x = plot.valToPos(second, 'x', true);
      line(colour, [x, bbox.top], [x, bbox.top + bbox.height]);
    }
  }
})();
