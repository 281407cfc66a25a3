/** How many things the open labels of metrics can tell apart: what there is more of shares the value `other`. */

/** Pairs of a site and a model. */
export const MOST_GROUPS = 200;
/** Servers, each as what it serves. */
export const MOST_SERVERS = 50;
/** Of the marks of a run the newest. */
export const MOST_MARKS = 100;

/** Stands for all that there was no room for. */
export const OTHER = 'other';
