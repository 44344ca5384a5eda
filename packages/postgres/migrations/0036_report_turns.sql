-- Whoever keeps reports of edges takes a number first, alone: where it follows the last one that it took itself, nobody else has kept any
-- since, and what it remembers is what is stored.
create sequence report_turn;
grant usage on sequence report_turn to freshet_system;
