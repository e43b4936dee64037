# Counts the primes below n by trial division. Usage: awk -v n=20000 -f primes.awk
BEGIN {
    for (number = 2; number < n; number++) {
        prime = 1
        for (divisor = 2; divisor < number; divisor++)
            if (number % divisor == 0) { prime = 0; break }
        count += prime
    }
    print count
}
