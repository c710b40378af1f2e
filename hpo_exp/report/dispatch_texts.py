"""What the dispatch section says, in English and in Portuguese."""

from hpo_exp.report.language import Text

DISPATCH_TEXTS = {
    "dispatch": Text("Dispatch", "Despacho"),
    "supply_filled": Text(
        "Hours in which another source was not measured and was filled: {filled}",
        "Horas em que outra fonte não foi medida e foi preenchida: {filled}",
    ),
    "always_above": Text(
        "In all {hours:,} hours the demand left for hydro is above the plant's {limit:,.0f} MW",
        "Em todas as {hours:,} horas a demanda que resta à hidráulica supera os {limit:,.0f} MW "
        "da usina",
    ),
    "always_below": Text(
        "In all {hours:,} hours the demand left for hydro is below the plant's minimum",
        "Em todas as {hours:,} horas a demanda que resta à hidráulica está abaixo do mínimo da "
        "usina",
    ),
    "mostly_clipped": Text(
        "In {clipped:,} of {hours:,} hours ({percent:.1f} %) the demand left for hydro lies "
        "outside its limits",
        "Em {clipped:,} de {hours:,} horas ({percent:.1f} %) a demanda que resta à hidráulica "
        "está fora de seus limites",
    ),
    "no_matter": Text(
        "so every forecast leads to the same dispatch. This case cannot tell a good forecast "
        "from a bad one.",
        "portanto toda previsão leva ao mesmo despacho. Este caso não distingue uma previsão boa "
        "de uma ruim.",
    ),
    "hardly_matter": Text(
        "so forecasts hardly change the dispatch.",
        "portanto as previsões quase não alteram o despacho.",
    ),
    "sometimes_clipped": Text(
        "In {clipped:,} of {hours:,} hours ({percent:.1f} %) the demand lies outside all that can "
        "be dispatched ({below:,} below the least, {above:,} above the most), so even perfect "
        "foresight leaves a deficit, a surplus or a broken rule there.",
        "Em {clipped:,} de {hours:,} horas ({percent:.1f} %) a demanda está fora de tudo o que se "
        "pode despachar ({below:,} abaixo do mínimo, {above:,} acima do máximo), e mesmo a "
        "previsão perfeita deixa ali déficit, excedente ou uma regra quebrada.",
    ),
    "policies": Text("Policies", "Políticas"),
    "policy": Text("Policy", "Política"),
    "cost": Text("Cost", "Custo"),
    "deficit_column": Text("Deficit", "Déficit"),
    "deficit": Text("deficit", "déficit"),
    "surplus": Text("surplus", "excedente"),
    "regret": Text("Regret", "Regret"),
    "realised_hydro": Text("realised", "verificada"),
    "maximum": Text("maximum", "máximo"),
    "minimum": Text("minimum", "mínimo"),
    "imbalance": Text("Not as committed, by policy", "Fora da programação, por política"),
    "left_out": Text(
        "Not drawn, because its bar would hide the others: {name}, {deficit:,.0f} MWh of deficit "
        "and {surplus:,.0f} MWh of surplus.",
        "Não desenhada, pois sua barra esconderia as outras: {name}, {deficit:,.0f} MWh de "
        "déficit e {surplus:,.0f} MWh de excedente.",
    ),
    "no_dispatch": Text(
        "This run has no dispatch case: its forecasts are judged by their error alone.",
        "Esta execução não tem caso de despacho: suas previsões são julgadas só pelo erro.",
    ),
    "dispatch_means": Text(
        "Case {case}: each policy commits what can be dispatched before the hour comes, on its "
        "load forecast less what other sources are foreseen to give; then the hour is settled on "
        "what really came. Deficit is load left unserved, surplus is generation nobody asked for.",
        "Caso {case}: cada política programa antes da hora o que se pode despachar, por sua "
        "previsão de carga menos o que se espera das outras fontes; depois a hora é liquidada com "
        "o que de fato ocorreu. Déficit é carga não atendida; excedente é geração que ninguém "
        "pediu.",
    ),
    "dispatch_priced": Text(
        "What leaves the commitment is paid for: within a band and the reserve bought it is free, "
        "beyond them it is balancing, and at the end of all means it is deficit. Programs of "
        "{hours} h. Where a policy has no forecast of wind or sun, they are foreseen from their "
        "own past.",
        "O que sai da programação é pago: dentro de uma faixa e da reserva comprada é grátis, além "
        "delas é balanceamento, e no fim dos meios é déficit. Programas de {hours} h. Onde uma "
        "política não tem previsão de vento ou sol, eles são previstos por seu próprio passado.",
    ),
    "policies_caption": Text(
        "Cheapest first. Regret is what a policy costs more than perfect foresight, one program "
        "that sees the whole period; it can be negative where a policy breaks a rule that has no "
        "price. The interval covers 95 % of what other weeks like these would give.",
        "Da mais barata à mais cara. Regret é o que uma política custa a mais que a previsão "
        "perfeita, um só programa que vê todo o período; pode ser negativo onde ela quebra uma "
        "regra sem preço. O intervalo cobre 95 % do que outras semanas assim dariam.",
    ),
    "regret_interval": Text("Regret, 95 %", "Regret, 95 %"),
    "surplus_column": Text("Surplus", "Excedente"),
    "balancing_up_column": Text("Balancing up", "Balanceamento para cima"),
    "balancing_down_column": Text("Balancing down", "Balanceamento para baixo"),
    "curtailment_column": Text("Curtailment", "Corte de vento e sol"),
    "reserve_column": Text("Reserve, mean", "Reserva média"),
    "ramp_column": Text("Steepest ramps", "Rampas máximas"),
    "below_minimum": Text("Hours below minimum", "Horas abaixo do mínimo"),
    "above_maximum": Text("Hours above maximum", "Horas acima do máximo"),
    "ramp_up": Text("Hours beyond the ramp up", "Horas além da rampa de subida"),
    "ramp_down": Text("Hours beyond the ramp down", "Horas além da rampa de descida"),
    "reserve_short": Text("Hours short of reserve", "Horas sem toda a reserva"),
    "minimum_rule": Text(
        "Minimum-generation rule: {policies}.", "Regra de geração mínima: {policies}."
    ),
    "minimum_rule_policy": Text(
        "{name}: {hours:,} hours below it, at most by {most:,.0f} MW",
        "{name}: {hours:,} horas abaixo, no máximo por {most:,.0f} MW",
    ),
    "minimum_rule_kept": Text("no policy breaks it", "nenhuma política a quebra"),
    "hedged": Text(
        "Each forecast buys the reserve that its own interval is worth. Against a fixed share of "
        "the load, the same forecasts save: {savings}.",
        "Cada previsão compra a reserva que seu próprio intervalo vale. Em relação a uma fração "
        "fixa da carga, as mesmas previsões economizam: {savings}.",
    ),
    "hedged_policy": Text("{name} {saved:,.1f} {unit}", "{name} {saved:,.1f} {unit}"),
    "hydro": Text("Suggested, realised and perfect", "Sugerida, verificada e perfeita"),
    "hydro_caption": Text(
        "Hydro in MW, hour by hour, between its limits: what the chosen policy suggests, what was "
        "left of it when the hour came, what perfect foresight would have run, and what really "
        "ran. Pick a day to see it alone.",
        "Hidráulica em MW, hora a hora, entre seus limites: o que a política escolhida sugere, o "
        "que restou disso quando a hora chegou, o que a previsão perfeita operaria e o que de "
        "fato operou. Escolha um dia para vê-lo sozinho.",
    ),
    "needed": Text("needed", "necessária"),
    "committed": Text("suggested", "sugerida"),
    "settled": Text("settled", "liquidada"),
    "perfect_hydro": Text("perfect foresight", "previsão perfeita"),
    "waterfall": Text("From perfect foresight to the policy", "Da previsão perfeita à política"),
    "waterfall_caption": Text(
        "What the chosen policy costs more than perfect foresight, part by part, in {unit}; the "
        "last bar is its regret.",
        "O que a política escolhida custa a mais que a previsão perfeita, parte por parte, em "
        "{unit}; a última barra é seu regret.",
    ),
    "shortage": Text("Shortage by hour and month", "Falta por hora e mês"),
    "shortage_caption": Text(
        "Mean MWh that an hour lacked of what the chosen policy had committed: deficit, and "
        "balancing up where there is any.",
        "Média em MWh do que faltou à hora em relação ao programado pela política escolhida: "
        "déficit e, onde há, balanceamento para cima.",
    ),
    "shortage_none": Text(
        "The chosen policy starts with the model; a chart without colour means that nothing "
        "lacked.",
        "A política mostrada primeiro é o modelo; um gráfico sem cor significa que nada faltou.",
    ),
    "imbalance_caption": Text(
        "Energy over all hours that was not as committed; shorter is better.",
        "Energia em todas as horas que não saiu como programado; quanto menor, melhor.",
    ),
    "balancing_up": Text("balancing up", "balanceamento para cima"),
    "balancing_down": Text("balancing down", "balanceamento para baixo"),
    "curtailment": Text("curtailment", "corte de vento e sol"),
    "part_water": Text("water", "água"),
    "part_thermal": Text("thermal plants", "térmicas"),
    "part_interchange": Text("interchange", "intercâmbio"),
    "part_reserve": Text("reserve", "reserva"),
    "part_balancing_up": Text("balancing up", "balanceamento para cima"),
    "part_balancing_down": Text("balancing down", "balanceamento para baixo"),
    "part_curtailment": Text("curtailment", "corte de vento e sol"),
    "part_deficit": Text("deficit", "déficit"),
    "part_surplus": Text("surplus", "excedente"),
    "part_violations": Text("broken rules", "regras quebradas"),
    "part_overdraft": Text("water beyond the budget", "água além do orçamento"),
    "part_end_storage": Text("missing storage", "armazenamento faltante"),
    "worst_days": Text("The worst ten days", "Os dez piores dias"),
    "worst_days_caption": Text(
        "Days on which the model cost most beyond perfect foresight, and what it was paid for.",
        "Dias em que o modelo custou mais além da previsão perfeita, e com que se gastou.",
    ),
    "day": Text("Day", "Dia"),
    "why": Text("Why", "Por quê"),
    "worst_hour": Text("Worst hour", "Pior hora"),
    "why_day": Text(
        "{share:.0f} % {part}; in the worst hour load forecast {load}, {supply}",
        "{share:.0f} % {part}; na pior hora, previsão da carga {load}, {supply}",
    ),
    "too_low": Text("{mw:,.0f} MW too low", "{mw:,.0f} MW baixa"),
    "too_high": Text("{mw:,.0f} MW too high", "{mw:,.0f} MW alta"),
    "sources_less": Text(
        "other sources {mw:,.0f} MW below what was foreseen",
        "outras fontes {mw:,.0f} MW abaixo do previsto",
    ),
    "sources_more": Text(
        "other sources {mw:,.0f} MW above what was foreseen",
        "outras fontes {mw:,.0f} MW acima do previsto",
    ),
}
