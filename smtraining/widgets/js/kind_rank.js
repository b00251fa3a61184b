// Rank the responses: the same list as "put in order", from best to worst.

registry.rank = (ctx) => sortable(ctx, ctx.view.options, { label: "Your ranking, best to worst", ends: ["Best", "Worst"] });
