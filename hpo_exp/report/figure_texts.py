"""What stands beside the figures, section by section, in English and in Portuguese.

A figure's entries are its name (the title) and its name with `_caption` (how to read it).
"""

from hpo_exp.report.language import Text

FIGURES = {
    # -------------------------------------------------------------------------- forecast figures
    "forecasts": Text("Forecast and errors", "Previsão e erros"),
    "actual": Text("actual load", "carga verificada"),
    "forecast": Text("Forecast against actual", "Previsão e carga verificada"),
    "forecast_caption": Text(
        "Load in MW, hour by hour. Drag the ends of the lower strip, or use the buttons, to "
        "choose a period; it opens on the last two weeks.",
        "Carga em MW, hora a hora. Arraste as bordas da faixa inferior, ou use os botões, para "
        "escolher um período; abre nas duas últimas semanas.",
    ),
    "forecast_step": Text(
        "An hour that was forecast several times is shown as it was forecast {last} h ahead.",
        "Uma hora prevista várias vezes aparece como foi prevista {last} h à frente.",
    ),
    "forecast_steps": Text(
        "An hour that was forecast several times is shown by its earliest scored forecast, at "
        "most {last} h ahead.",
        "Uma hora prevista várias vezes aparece com sua previsão avaliada mais antiga, no máximo "
        "{last} h à frente.",
    ),
    "target": Text("Forecast by the same network", "Previsto pela mesma rede"),
    "target_caption": Text(
        "Errors of the scored steps, as in the leaderboard, and of the first and the last step "
        "alone; the baselines forecast the same column from the same inputs.",
        "Erros dos passos avaliados, como na classificação, e os do primeiro e do último passo "
        "sozinhos; as referências preveem a mesma coluna com as mesmas entradas.",
    ),
    "target_judges": Text(
        "Trials were judged by this column.", "As tentativas foram julgadas por esta coluna."
    ),
    "rmse_at": Text("RMSE at {step} h", "RMSE em {step} h"),
    "error_by_hour": Text("Error by hour of day", "Erro por hora do dia"),
    "error_by_hour_caption": Text(
        "RMSE in MW of the hours that start at 0 h, 1 h, … 23 h; lower is better.",
        "RMSE em MW das horas que começam às 0 h, 1 h, … 23 h; quanto menor, melhor.",
    ),
    "error_by_month": Text("Error by month", "Erro por mês"),
    "error_by_month_caption": Text(
        "RMSE in MW of each month's hours; lower is better.",
        "RMSE em MW das horas de cada mês; quanto menor, melhor.",
    ),
    "error_heatmap": Text(
        "Error of the model by hour of day and month", "Erro do modelo por hora do dia e mês"
    ),
    "error_heatmap_caption": Text(
        "RMSE in MW; the darker a cell, the larger the error at that hour of that month.",
        "RMSE em MW; quanto mais escura a célula, maior o erro naquela hora daquele mês.",
    ),
    "error_by_step": Text("Error by hours ahead", "Erro por horas à frente"),
    "error_by_step_caption": Text(
        "RMSE in MW of each step (1 is the hour that starts when the forecast is issued), all on "
        "the same target hours. Click a name to hide a line.",
        "RMSE em MW de cada passo (1 é a hora que começa na emissão da previsão), todos nas "
        "mesmas horas. Clique em um nome para ocultar uma linha.",
    ),
    "one_month": Text(
        "The test period lies in one month, so there are no errors by month to show.",
        "O período de teste está em um só mês, portanto não há erros por mês a mostrar.",
    ),
    # -------------------------------------------------------------------------------- intervals
    "intervals": Text("Intervals", "Intervalos"),
    "intervals_hold": Text(
        "The {promised:.0f} % interval held {covered:.1f} % of the scored hours, from {low:.1f} % "
        "to {high:.1f} % of those at one hour of the day. Its mean width is {width:,.0f} MW, the "
        "mean pinball loss of the quantiles {pinball:q} MW. It is learnt from the errors at the "
        "same hour of day and step of the last {days} days known when a forecast is issued.",
        "O intervalo de {promised:.0f} % conteve {covered:.1f} % das horas avaliadas, de "
        "{low:.1f} % a {high:.1f} % das que caem em uma mesma hora do dia. Sua largura média é "
        "{width:,.0f} MW; a perda pinball média dos quantis, {pinball:q} MW. Aprende-se dos erros "
        "na mesma hora do dia e passo dos últimos {days} dias conhecidos na emissão da previsão.",
    ),
    "fan": Text("The last week and its intervals", "A última semana e seus intervalos"),
    "fan_caption": Text(
        "Load in MW with the bands that should hold it in the share of hours that they are named "
        "by. An hour is shown by its earliest scored forecast.",
        "Carga em MW com as faixas que devem contê-la na parte das horas que lhes dá o nome. Cada "
        "hora aparece com sua previsão avaliada mais antiga.",
    ),
    "coverage_found": Text("Coverage", "Cobertura"),
    "interval_width": Text("Mean width", "Largura média"),
    "pinball": Text("Pinball loss", "Perda pinball"),
    "coverage_by_hour": Text("Coverage by hour of day", "Cobertura por hora do dia"),
    "coverage_by_hour_caption": Text(
        "Share in % of the hours that start at 0 h, 1 h, … 23 h inside the widest interval; the "
        "dashed line is what it promises.",
        "Parte em % das horas que começam às 0 h, 1 h, … 23 h dentro do intervalo mais largo; a "
        "linha tracejada é o que ele promete.",
    ),
    "coverage_by_step": Text("Coverage by hours ahead", "Cobertura por horas à frente"),
    "coverage_by_step_caption": Text(
        "The same share at each step of the forecast.", "A mesma parte em cada passo da previsão."
    ),
    # ---------------------------------------------------------------------------- search figures
    "search": Text("Search", "Busca"),
    "search_means": Text(
        "A trial is one set of hyperparameters, trained and validated on folds of the time "
        "before the test period; its value is the mean {what} over the folds, in {unit}.",
        "Uma tentativa é um conjunto de hiperparâmetros, treinado e validado em partes do tempo "
        "anterior ao teste; seu valor é {what} médio dessas partes, em {unit}.",
    ),
    "value_rmse": Text("RMSE", "o RMSE"),
    "value_cost": Text("cost of an hour's dispatch", "o custo do despacho de uma hora"),
    "search_both": Text(
        "Trials were judged by what their dispatch costs as well: of those whose RMSE is near "
        "the smallest (study.rmse_slack), the one with the cheapest dispatch won.",
        "As tentativas foram julgadas também pelo custo de seu despacho: entre as de RMSE próximo "
        "do menor (study.rmse_slack), venceu a de despacho mais barato.",
    ),
    "winner": Text("winner", "vencedora"),
    "front": Text("Error and cost of the trials", "Erro e custo das tentativas"),
    "front_caption": Text(
        "Validation RMSE against the cost of an hour's dispatch, one point a complete trial; "
        "lower left is better.",
        "RMSE de validação e custo do despacho de uma hora, um ponto por tentativa completa; "
        "quanto mais abaixo e à esquerda, melhor.",
    ),
    "best_so_far": Text("best so far", "melhor até então"),
    "complete": Text("complete", "completa"),
    "pruned": Text("pruned", "podada"),
    "failed": Text("failed", "com falha"),
    "running": Text("running", "em curso"),
    "waiting": Text("waiting", "em espera"),
    "history": Text("Optimisation history", "Histórico da otimização"),
    "history_caption": Text(
        "Value of each trial in its order; a pruned one is shown at the mean of the folds it "
        "finished.",
        "Valor de cada tentativa, em ordem; uma podada aparece na média das partes que terminou.",
    ),
    "importances": Text("Parameter importances", "Importância dos parâmetros"),
    "importances_caption": Text(
        "Share in % of the differences between {trials:,} complete trials that each parameter "
        "explains (fANOVA); with few trials, a hint rather than a finding.",
        "Parte em % das diferenças entre {trials:,} tentativas completas que cada parâmetro "
        "explica (fANOVA); com poucas tentativas, um indício, não uma conclusão.",
    ),
    "no_importances": Text(
        "Parameter importances are not shown: they need {least} complete trials with different "
        "values of a searched parameter, and this study has {trials:,} complete.",
        "A importância dos parâmetros não é mostrada: exige {least} tentativas completas com "
        "valores diferentes de um parâmetro buscado, e este estudo tem {trials:,} completas.",
    ),
    "nothing_searched": Text(
        "This study searched no hyperparameter: it trained the fixed values below.",
        "Este estudo não buscou hiperparâmetros: treinou os valores fixos abaixo.",
    ),
    "slices": Text("Value by parameter", "Valor por parâmetro"),
    "slices_caption": Text(
        "Value of the complete trials over each searched parameter; a trend shows where to "
        "search next.",
        "Valor das tentativas completas por parâmetro buscado; uma tendência mostra onde buscar a "
        "seguir.",
    ),
    "best_parameters": Text("Best hyperparameters", "Melhores hiperparâmetros"),
    "best_parameters_caption": Text(
        "Trial {trial}: {value:q} {unit} in the search, {mean:q} {unit} over all its seeds; "
        "refitted for {epochs} epochs on everything before the test period.",
        "Tentativa {trial}: {value:q} {unit} na busca, {mean:q} {unit} em todas as suas sementes; "
        "retreinada por {epochs} épocas com tudo o que antecede o teste.",
    ),
    "parameter": Text("Parameter", "Parâmetro"),
    "value": Text("Value", "Valor"),
    "searched": Text("Searched", "Buscado"),
    "all_trials": Text("All trials ({count:,})", "Todas as tentativas ({count:,})"),
    "trial": Text("Trial", "Tentativa"),
    "state": Text("State", "Estado"),
    "validation_value": Text("Value, {unit}", "Valor, {unit}"),
    "mlflow_run": Text("MLflow run", "Execução no MLflow"),
}
