// Put in order: a list with "Move up" and "Move down". Value: all ids in the learner's order; null until something is moved or confirmed.

registry.order = (ctx) => sortable(ctx, ctx.view.entries, { label: "Your order, first to last", ends: null });
