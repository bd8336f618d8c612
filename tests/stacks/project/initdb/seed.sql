CREATE TABLE seeded (id int); INSERT INTO seeded VALUES (1), (2), (3);
