/** What an expression of PromQL names, as the grammar of Prometheus' own web page reads it. */
import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

export interface NamedSeries {
  readonly metric: string;
  /** Labels of its matchers. */
  readonly matched: readonly string[];
  /** Whether it is looked at over a range, or as it was some time ago. */
  readonly looksBack: boolean;
}

export interface PromqlParts {
  readonly series: readonly NamedSeries[];
  /** Labels of `by`, `without`, `on`, `ignoring`, `group_left`. */
  readonly grouped: readonly string[];
  /** Functions and aggregations, as `rate`, `sum`. */
  readonly called: readonly string[];
}

/** Throws for what does not parse. */
export function readPromql(expr: string): PromqlParts {
  const series: NamedSeries[] = [];
  const grouped: string[] = [];
  const called: string[] = [];
  const textOf = ({ from, to }: { from: number; to: number }): string => expr.slice(from, to);
  parser.parse(expr).iterate({
    enter: ({ node }) => {
      if (node.type.isError) throw new Error(`not PromQL at ${node.from}: ${expr}`);
      if (node.name === 'VectorSelector') series.push(seriesOf(node, textOf));
      if (node.name === 'GroupingLabels') grouped.push(...node.getChildren('LabelName').map(textOf));
      if (node.name === 'FunctionIdentifier' || node.name === 'AggregateOp') called.push(textOf(node));
    },
  });
  return { series, grouped, called };
}

function seriesOf(node: SyntaxNode, textOf: (node: SyntaxNode) => string): NamedSeries {
  const name = node.getChild('Identifier');
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return {
    metric: name === null ? '' : textOf(name),
    matched: matchers.flatMap((matcher) => matcher.getChildren('LabelName').map(textOf)),
    looksBack: ['MatrixSelector', 'OffsetExpr'].includes(node.parent?.name ?? ''),
  };
}
