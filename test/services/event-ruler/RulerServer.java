import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import software.amazon.event.ruler.Machine;

/**
 * EventBridge's own matcher behind HTTP. A POST of {"pattern": …, "events": […]} is answered with {"refused": why},
 * or with {"classic": […], "current": […]}: for each event true, false or an error, by each of its two finders.
 */
public final class RulerServer {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        HttpServer server = HttpServer.create(address, 0);
        server.setExecutor(Executors.newFixedThreadPool(2));
        server.createContext("/", RulerServer::answer);
        server.start();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        byte[] reply = body.length == 0 ? new byte[0] : JSON.writeValueAsBytes(judge(JSON.readTree(body)));
        exchange.sendResponseHeaders(200, reply.length == 0 ? -1 : reply.length);
        exchange.getResponseBody().write(reply);
        exchange.close();
    }

    private static ObjectNode judge(JsonNode question) {
        ObjectNode reply = JSON.createObjectNode();
        Machine machine = new Machine();
        try {
            machine.addRule("rule", question.get("pattern").toString());
        } catch (Exception | StackOverflowError error) {
            return reply.put("refused", String.valueOf(error.getMessage()));
        }
        ArrayNode classic = reply.putArray("classic");
        ArrayNode current = reply.putArray("current");
        for (JsonNode event : question.get("events")) {
            String text = event.toString();
            add(classic, () -> !machine.rulesForEvent(text).isEmpty());
            add(current, () -> !machine.rulesForJSONEvent(text).isEmpty());
        }
        return reply;
    }

    private interface Question {
        boolean ask() throws Exception;
    }

    private static void add(ArrayNode answers, Question question) {
        try {
            answers.add(question.ask());
        } catch (Exception error) {
            answers.add(String.valueOf(error));
        }
    }
}
